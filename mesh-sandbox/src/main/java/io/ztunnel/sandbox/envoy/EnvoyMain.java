package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.manifest.FollowedFile;
import io.ztunnel.sandbox.waypoint.IdentityKeeper;
import io.ztunnel.sandbox.waypoint.MeshIdentity;
import io.ztunnel.sandbox.waypoint.WaypointArguments;
import io.ztunnel.sandbox.waypoint.WaypointFeed;
import io.ztunnel.sandbox.waypoint.WaypointState;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The process of a waypoint that is an Envoy: it gets the certificates, writes what Envoy follows,
 * and lives as long as Envoy does.
 */
@Command(name = "envoy-waypoint", description = "An Envoy as the sandbox's waypoint.")
public final class EnvoyMain implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(EnvoyMain.class);

    @Mixin private WaypointArguments arguments = new WaypointArguments();

    @Option(names = "--envoy", required = true, description = "the program")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path envoy;

    @Option(names = "--folder", required = true, description = "for its files")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path folder;

    private final CompletableFuture<WaypointState> known = new CompletableFuture<>();

    public static void main(String[] args) {
        System.exit(new CommandLine(new EnvoyMain()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        if (!arguments.areUsable()) {
            log.error("--gateway is {}, expected NAMESPACE/NAME", arguments.gateway());
            return CommandLine.ExitCode.USAGE;
        }
        EnvoyFiles files = EnvoyFiles.in(folder);
        ScheduledExecutorService thread =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("identity").daemon().factory());
        IdentityKeeper identity =
                IdentityKeeper.start(() -> certificate(files), thread, InstantSource.system());
        try (FollowedFile _ = WaypointFeed.follow(arguments, state -> learn(state, files))) {
            String trustDomain = identity.first().get().trustDomain();
            known.get();
            files.write(
                    EnvoyFiles.BOOTSTRAP,
                    new Bootstrap(arguments.gateway(), arguments.pod(), trustDomain, files)
                            .message());
            int status = new EnvoyProcess(envoy, files.path(EnvoyFiles.BOOTSTRAP)).run();
            log.error("envoy ended with exit status {}", status);
            return CommandLine.ExitCode.SOFTWARE;
        } finally {
            thread.shutdownNow();
        }
    }

    private MeshIdentity certificate(EnvoyFiles files) throws IOException {
        MeshIdentity fresh = arguments.certificate();
        files.serve(EnvoyFiles.ROOTS, Secrets.TYPE, List.of(Secrets.roots(fresh.pem())));
        files.serve(EnvoyFiles.IDENTITY, Secrets.TYPE, List.of(Secrets.identity(fresh.pem())));
        return fresh;
    }

    /** Called on the thread that follows the file. */
    private void learn(WaypointState state, EnvoyFiles files) {
        try {
            // Clusters first: a listener may name a new one.
            boolean clusters = files.serve(EnvoyFiles.CLUSTERS, Clusters.TYPE, Clusters.of(state));
            boolean listener =
                    files.serve(
                            EnvoyFiles.LISTENERS,
                            MainListener.TYPE,
                            MainListener.of(state, arguments.gateway()));
            if (clusters || listener) {
                log.info("configuration for {} addresses", state.destinations().byAddress().size());
            }
            known.complete(state);
        } catch (IOException | RuntimeException failed) {
            log.error("the last configuration stays: {}", failed.toString());
        }
    }
}
