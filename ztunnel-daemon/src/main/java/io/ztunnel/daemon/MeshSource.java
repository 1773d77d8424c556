package io.ztunnel.daemon;

import io.netty.channel.EventLoop;
import io.ztunnel.daemon.admin.ConfigDump.StaticConfig;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.NameSource;
import io.ztunnel.xds.ControlPlane;
import io.ztunnel.xds.LocalConfigException;
import io.ztunnel.xds.LocalFileSource;
import io.ztunnel.xds.LocalMesh;
import io.ztunnel.xds.XdsClient;
import io.ztunnel.xds.XdsListener;
import io.ztunnel.xds.XdsSettings;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Where the mesh is learned from: a local file or text, then xDS on top of it, as configured. */
final class MeshSource implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MeshSource.class);

    private final @Nullable LocalFileSource local;
    private final @Nullable XdsClient xds;

    private MeshSource(@Nullable LocalFileSource local, @Nullable XdsClient xds) {
        this.local = local;
        this.xds = xds;
    }

    /**
     * Applies the local part before it returns, and begins to connect to the control plane.
     *
     * @throws LocalConfigException when the local part is wrong
     */
    static MeshSource start(Config config, MeshStore store, EventLoop control, Telemetry telemetry)
            throws LocalConfigException {
        LocalFileSource local =
                switch (config.xds().localSource()) {
                    case Config.LocalSource.None() -> null;
                    case Config.LocalSource.File(String path) ->
                            LocalFileSource.file(Path.of(path));
                    case Config.LocalSource.Inline(String yaml) -> LocalFileSource.inline(yaml);
                };
        if (local != null) {
            LocalMesh mesh = local.read();
            control.submit(() -> store.apply(mesh.toUpdate())).syncUninterruptibly();
        }
        Config.Server server = config.xds().server();
        ControlPlane discovery = config.controlPlane(server);
        if (discovery == null) {
            return new MeshSource(local, null);
        }
        XdsSettings settings =
                new XdsSettings(
                        discovery,
                        config.requestHeaders(server),
                        config.xds().node(),
                        config.xds().onDemand());
        XdsClient xds = new XdsClient(settings, store, control, new Listener(telemetry));
        xds.start();
        return new MeshSource(local, xds);
    }

    /** Completes when everything that was configured has been learned once. */
    CompletionStage<Void> synced() {
        return xds == null ? CompletableFuture.completedFuture(null) : xds.synced();
    }

    /** Where the mesh is asked for what is not known; null when all of it is told unasked. */
    @Nullable NameSource names() {
        return xds == null ? null : xds.names();
    }

    /** Read anew; empty, with a line in the log, when it cannot be read any more. */
    StaticConfig staticConfig() {
        if (local == null) {
            return StaticConfig.EMPTY;
        }
        try {
            LocalMesh mesh = local.read();
            return new StaticConfig(mesh.workloads(), mesh.services(), mesh.policies());
        } catch (LocalConfigException e) {
            log.warn("the static configuration cannot be shown: {}", e.getMessage());
            return StaticConfig.EMPTY;
        }
    }

    @Override
    public void close() {
        if (xds != null) {
            xds.close();
        }
    }

    /** Counts; why a stream ended and what was rejected is logged where it happens. */
    private record Listener(Telemetry telemetry) implements XdsListener {
        @Override
        public void connected() {
            log.info("connected to the control plane");
        }

        @Override
        public void disconnected(Termination reason, String detail, Duration wait) {
            telemetry.xds().connectionTerminated(reason.label());
        }

        @Override
        public void received(String typeUrl, long resourceBytes) {
            telemetry.xds().message(typeUrl, resourceBytes);
        }
    }
}
