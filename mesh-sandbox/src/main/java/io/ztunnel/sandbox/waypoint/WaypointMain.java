package io.ztunnel.sandbox.waypoint;

import io.ztunnel.sandbox.manifest.FollowedFile;
import io.ztunnel.sandbox.waypoint.telemetry.MetricsServer;
import io.ztunnel.sandbox.waypoint.telemetry.Telemetry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A waypoint's process. Opens its port once it has a certificate and knows its services. */
@Command(name = "waypoint", description = "The sandbox's waypoint.")
public final class WaypointMain implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(WaypointMain.class);
    private static final Logger access = LoggerFactory.getLogger("access");
    private static final Duration STOP_LIMIT = Duration.ofSeconds(6);

    @Mixin private WaypointArguments arguments = new WaypointArguments();

    private volatile WaypointState waypoint = WaypointState.NOTHING;
    private final CompletableFuture<WaypointState> known = new CompletableFuture<>();
    private final Telemetry telemetry = new Telemetry();

    public static void main(String[] args) {
        System.exit(new CommandLine(new WaypointMain()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        if (!arguments.areUsable()) {
            log.error("--gateway is {}, expected NAMESPACE/NAME", arguments.gateway());
            return CommandLine.ExitCode.USAGE;
        }
        ScheduledExecutorService thread =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("identity").daemon().factory());
        IdentityKeeper identity =
                IdentityKeeper.start(arguments::certificate, thread, InstantSource.system());
        try (FollowedFile _ = WaypointFeed.follow(arguments, this::learn)) {
            identity.first().get();
            known.get();
            serve(identity);
        } finally {
            thread.shutdownNow();
        }
        return 0;
    }

    private void serve(IdentityKeeper identity) throws IOException, InterruptedException {
        SplittableRandom random = new SplittableRandom();
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .unstarted(
                                        () -> {
                                            stop.countDown();
                                            awaitBriefly(stopped);
                                        }));
        // All of IPv6 and, since the socket is not v6-only, of IPv4.
        InetSocketAddress all =
                new InetSocketAddress(InetAddress.getByAddress(new byte[16]), Tunnels.HBONE_PORT);
        try (WaypointServer _ =
                        WaypointServer.start(
                                all,
                                Tunnels.HBONE_PORT,
                                identity,
                                () -> waypoint,
                                random::split,
                                new AccessLog(arguments.gateway(), access::info),
                                telemetry);
                MetricsServer _ =
                        MetricsServer.start(
                                new InetSocketAddress(all.getAddress(), MetricsServer.PORT),
                                telemetry)) {
            log.info(
                    "waypoint {} serves on port {}: pod {} on {}, {}",
                    arguments.gateway(),
                    Tunnels.HBONE_PORT,
                    arguments.pod(),
                    arguments.node(),
                    arguments.address());
            stop.await();
            log.info("stopping");
        } finally {
            stopped.countDown();
        }
    }

    /** The JVM ends when its hooks have. */
    private static void awaitBriefly(CountDownLatch stopped) {
        try {
            if (!stopped.await(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("not everything came to its end within {}", STOP_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Called on the thread that follows the file. */
    private void learn(WaypointState state) {
        waypoint = state;
        known.complete(state);
    }
}
