package io.ztunnel.sandbox.waypoint;

import io.ztunnel.sandbox.ambient.MeshConfig;
import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.manifest.FollowedFile;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.ObjectsFile;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.waypoint.telemetry.MetricsServer;
import io.ztunnel.sandbox.waypoint.telemetry.Telemetry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
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

    @Option(names = "--gateway", required = true, description = "NAMESPACE/NAME")
    @SuppressWarnings("NullAway.Init") // set by picocli
    String gateway;

    @Option(names = "--state", required = true, description = "folder with objects, root, tokens")
    @SuppressWarnings("NullAway.Init") // set by picocli
    Path state;

    @Option(names = "--xds", required = true, description = "HOST:PORT of the CA")
    @SuppressWarnings("NullAway.Init") // set by picocli
    String controlPlane;

    @Option(names = "--pod", required = true)
    @SuppressWarnings("NullAway.Init") // set by picocli
    String pod;

    @Option(names = "--service-account", required = true)
    @SuppressWarnings("NullAway.Init") // set by picocli
    String serviceAccount;

    @Option(names = "--node", required = true)
    @SuppressWarnings("NullAway.Init") // set by picocli
    String node;

    @Option(names = "--address", required = true, description = "IP of the pod")
    @SuppressWarnings("NullAway.Init") // set by picocli
    String address;

    private volatile WaypointState waypoint = WaypointState.NOTHING;
    private final CompletableFuture<WaypointState> known = new CompletableFuture<>();
    private final Telemetry telemetry = new Telemetry();

    /** What was said about routes and policies already. */
    private List<Problem> reported = List.of();

    public static void main(String[] args) {
        System.exit(new CommandLine(new WaypointMain()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        int slash = gateway.indexOf('/');
        if (slash <= 0 || slash == gateway.length() - 1) {
            log.error("--gateway is {}, expected NAMESPACE/NAME", gateway);
            return CommandLine.ExitCode.USAGE;
        }
        String namespace = gateway.substring(0, slash);
        String name = gateway.substring(slash + 1);
        ScheduledExecutorService thread =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("identity").daemon().factory());
        IdentityKeeper identity =
                IdentityKeeper.start(() -> certificate(namespace), thread, InstantSource.system());
        try (FollowedFile _ =
                ObjectsFile.follow(
                        state.resolve("objects.yaml"), set -> learn(set, namespace, name))) {
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
                                new AccessLog(gateway, access::info),
                                telemetry);
                MetricsServer _ =
                        MetricsServer.start(
                                new InetSocketAddress(all.getAddress(), MetricsServer.PORT),
                                telemetry)) {
            log.info(
                    "waypoint {} serves on port {}: pod {} on {}, {}",
                    gateway,
                    Tunnels.HBONE_PORT,
                    pod,
                    node,
                    address);
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

    private MeshIdentity certificate(String namespace) throws IOException {
        Path root = state.resolve("ca").resolve("root-cert.pem");
        Path token = state.resolve("tokens").resolve(serviceAccount + "." + namespace);
        for (Path file : new Path[] {root, token}) {
            if (!Files.isReadable(file)) {
                throw new IOException("waiting for " + file);
            }
        }
        return MeshIdentity.request(controlPlane, root, token);
    }

    /** Called on the thread that follows the file. */
    private void learn(ManifestSet set, String namespace, String name) {
        List<Problem> problems = new ArrayList<>();
        waypoint =
                WaypointState.of(
                        // The control plane says what is wrong with them.
                        MeshConfig.installed(MeshSettings.DEFAULT, set.objects(), _ -> {}),
                        set.objects(),
                        namespace,
                        name,
                        problems::add);
        problems.stream()
                .filter(problem -> !reported.contains(problem))
                .forEach(problem -> log.warn("{}", problem));
        reported = List.copyOf(problems);
        known.complete(waypoint);
    }
}
