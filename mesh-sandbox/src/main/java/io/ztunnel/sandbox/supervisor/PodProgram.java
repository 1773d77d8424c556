package io.ztunnel.sandbox.supervisor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What runs in a pod: an image stands for a program of the sandbox. */
sealed interface PodProgram {
    /** Nothing: a place to run commands from, such as a curl pod. */
    record Idle() implements PodProgram {}

    /** The control plane. */
    record Istiod() implements PodProgram {}

    /** The waypoint of a Gateway. */
    record Waypoint(String gateway) implements PodProgram {
        private List<String> line(
                PodView pod, StateDirectory state, String controlPlane, WaypointProxy proxy) {
            List<String> arguments =
                    new ArrayList<>(
                            List.of(
                                    "--gateway",
                                    pod.key().namespace() + "/" + gateway,
                                    "--state",
                                    path(state.folder()),
                                    "--xds",
                                    controlPlane,
                                    "--pod",
                                    pod.key().name(),
                                    "--service-account",
                                    pod.serviceAccount(),
                                    "--node",
                                    pod.node(),
                                    "--address",
                                    Literals.text(pod.addresses().getFirst())));
            return switch (proxy) {
                case WaypointProxy.Embedded() ->
                        JavaCommand.of(
                                "io.ztunnel.sandbox.waypoint.WaypointMain",
                                WAYPOINT_MEGABYTES,
                                arguments);
                case WaypointProxy.Envoy(Path program) -> {
                    arguments.addAll(List.of("--envoy", path(program)));
                    arguments.addAll(List.of("--folder", path(state.podFiles(pod.key()))));
                    yield JavaCommand.of(
                            "io.ztunnel.sandbox.envoy.EnvoyMain", WAYPOINT_MEGABYTES, arguments);
                }
            };
        }
    }

    /** One of the sandbox's small servers. */
    record App(String name, String version, int port) implements PodProgram {}

    /** A program of this machine: image {@code sandbox/host} with a command. */
    record Host(List<String> command) implements PodProgram {}

    String GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";
    String HOST_IMAGE = "sandbox/host";
    int XDS_PORT = 15012;
    int APP_PORT = 9080;
    int WAYPOINT_MEGABYTES = 96;

    /** Half a million synthetic workloads, and a response of all of them for each node. */
    int CONTROL_PLANE_MEGABYTES = 3_072;

    /** Such as {@code docker.io/istio/examples-bookinfo-reviews-v2:1.20.2}. */
    Pattern APP =
            Pattern.compile(
                    "(?:.*/)?(?:examples-bookinfo-)?(productpage|details|ratings|reviews|echo)"
                            + "(?:-(v[0-9]+))?(?::[^/@]*)?(?:@.*)?");

    static PodProgram of(PodView pod) {
        String gateway = pod.labels().getOrDefault(GATEWAY_NAME, "");
        if (pod.image().equals(HOST_IMAGE) && !pod.command().isEmpty()) {
            return new Host(pod.command());
        }
        if (pod.isControlPlane()) {
            return new Istiod();
        }
        if (!gateway.isEmpty() && pod.image().contains("proxyv2")) {
            return new Waypoint(gateway);
        }
        Matcher app = APP.matcher(pod.image());
        if (app.matches()) {
            String version =
                    Optional.ofNullable(app.group(2))
                            .orElse(pod.labels().getOrDefault("version", "v1"));
            int port = pod.ports().isEmpty() ? APP_PORT : pod.ports().getFirst();
            return new App(app.group(1), version, port);
        }
        return new Idle();
    }

    /** The ports that are open once the program is ready. */
    default List<Integer> readyPorts(PodView pod) {
        return switch (this) {
            case Idle _ -> List.of();
            case Istiod _ -> List.of(XDS_PORT);
            case Waypoint _ -> List.of(15008);
            case App app -> List.of(app.port());
            case Host _ -> pod.ports();
        };
    }

    /**
     * The command line, empty for a pod without a program.
     *
     * @param controlPlane {@code HOST:PORT} of xDS and CA
     * @param proxy what a waypoint is
     */
    default List<String> command(
            PodView pod, StateDirectory state, String controlPlane, WaypointProxy proxy) {
        return switch (this) {
            case Idle _ -> List.of();
            case Host host -> host.command();
            case Istiod _ ->
                    JavaCommand.of(
                            "io.ztunnel.sandbox.istiod.IstiodMain",
                            CONTROL_PLANE_MEGABYTES,
                            List.of(
                                    "--objects",
                                    path(state.objects()),
                                    "--state",
                                    path(state.folder()),
                                    "--listen",
                                    controlPlane));
            case Waypoint waypoint -> waypoint.line(pod, state, controlPlane, proxy);
            case App app ->
                    JavaCommand.of(
                            "io.ztunnel.sandbox.apps.AppMain",
                            48,
                            new ArrayList<>(
                                    List.of(
                                            "--app",
                                            app.name(),
                                            "--version",
                                            app.version(),
                                            "--port",
                                            Integer.toString(app.port()))));
        };
    }

    /** One word for tables. */
    default String text() {
        return switch (this) {
            case Idle _ -> "idle";
            case Istiod _ -> "istiod";
            case Waypoint _ -> "waypoint";
            case App app -> app.name() + "-" + app.version();
            case Host host -> host.command().getFirst();
        };
    }

    private static String path(Path path) {
        return path.toString();
    }
}
