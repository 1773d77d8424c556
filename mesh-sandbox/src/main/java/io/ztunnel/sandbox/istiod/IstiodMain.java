package io.ztunnel.sandbox.istiod;

import io.ztunnel.api.discovery.Resource;
import io.ztunnel.sandbox.ambient.AmbientIndex;
import io.ztunnel.sandbox.ambient.AmbientSnapshot;
import io.ztunnel.sandbox.ambient.IndexReport;
import io.ztunnel.sandbox.ambient.MeshConfig;
import io.ztunnel.sandbox.ambient.MeshResource;
import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.manifest.FollowedFile;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.ObjectsFile;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.synthetic.SyntheticMesh;
import io.ztunnel.sandbox.waypoint.route.RouteStatus;

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
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/** The control plane's process: turns a file of objects into xDS, and signs certificates. */
@Command(name = "istiod", description = "The sandbox's control plane.")
public final class IstiodMain implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(IstiodMain.class);
    private static final String CLUSTER_ID = "Kubernetes";

    @Option(names = "--objects", required = true, description = "file of complete objects")
    @SuppressWarnings("NullAway.Init") // set by picocli
    Path objects;

    @Option(names = "--state", required = true, description = "folder for keys and tokens")
    @SuppressWarnings("NullAway.Init") // set by picocli
    Path state;

    @Option(names = "--listen", required = true, description = "IP:PORT of xDS and CA")
    @SuppressWarnings("NullAway.Init") // set by picocli
    String listen;

    private final RunningPods pods = new RunningPods();
    private final Set<Problem> reported = new HashSet<>();

    public static void main(String[] args) {
        System.exit(new CommandLine(new IstiodMain()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        MeshSettings settings = MeshSettings.DEFAULT;
        ServiceAccountTokens tokens = ServiceAccountTokens.open(state, InstantSource.system());
        TokenFiles tokenFiles = new TokenFiles(tokens, state.resolve("tokens"));
        try (IstiodServer server =
                        IstiodServer.start(
                                address(listen), state, settings.trustDomain(), CLUSTER_ID, pods);
                FollowedFile _ =
                        ObjectsFile.follow(
                                objects, set -> publish(settings, set, server, tokenFiles));
                SyntheticPublisher publisher = new SyntheticPublisher(server);
                FollowedFile _ =
                        FollowedFile.follow(
                                state.resolve(SyntheticMesh.FILE),
                                text -> publisher.publish(SyntheticMesh.ofJson(text)))) {
            log.info("xDS and CA on {}", listen);
            // Until the process is ended.
            new CountDownLatch(1).await();
        }
        return 0;
    }

    private void publish(
            MeshSettings settings, ManifestSet set, IstiodServer server, TokenFiles tokenFiles) {
        List<KubeObject> current = set.objects();
        pods.replace(current);
        tokenFiles.write(current);
        List<Problem> problems = new ArrayList<>();
        MeshSettings chosen = MeshConfig.installed(settings, current, problems::add);
        AmbientSnapshot snapshot = AmbientIndex.build(chosen, current);
        problems.addAll(snapshot.problems());
        problems.forEach(this::log);
        tell(IndexReport.toJson(snapshot.conditions(), RouteStatus.of(chosen, current), problems));
        server.publish(
                ServedResources.Source.OBJECTS,
                new ResourceSet(
                        Map.of(
                                AmbientSnapshot.ADDRESS_TYPE,
                                resources(AmbientSnapshot.ADDRESS_TYPE, snapshot.addresses()),
                                AmbientSnapshot.AUTHORIZATION_TYPE,
                                resources(
                                        AmbientSnapshot.AUTHORIZATION_TYPE,
                                        snapshot.authorizations()))));
    }

    private void log(Problem problem) {
        if (reported.add(problem)) {
            log.warn("{}", problem);
        }
    }

    /** Leaves the conditions where the sandbox's status finds them. */
    private void tell(String report) {
        Path file = state.resolve(IndexReport.FILE);
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try {
            Files.writeString(next, report);
            Files.move(
                    next,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            log.warn("{} cannot be written: {}", file, e.toString());
        }
    }

    private static SortedMap<String, Resource> resources(
            String type, SortedMap<String, ? extends MeshResource<?>> items) {
        TreeMap<String, Resource> resources = new TreeMap<>();
        items.forEach(
                (name, item) ->
                        resources.put(
                                name,
                                ResourceSet.resource(type, name, item.version(), item.bytes())));
        return resources;
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("expected IP:PORT, not " + text);
        }
        String host = text.substring(0, colon).replaceAll("^\\[|]$", "");
        return new InetSocketAddress(
                InetAddress.ofLiteral(host), Integer.parseInt(text.substring(colon + 1)));
    }
}
