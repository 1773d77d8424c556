package io.ztunnel.sandbox.net;

import com.fasterxml.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Refuses a root namespace through which a packet could leave the machine: the machine's own, or
 * one with an interface that the sandbox did not make.
 */
final class UplinkGuard {
    /** Devices the kernel itself puts into every new namespace; down, and with no far end. */
    private static final Set<String> KERNEL_MADE =
            Set.of(
                    "lo",
                    "tunl0",
                    "gre0",
                    "gretap0",
                    "erspan0",
                    "ip_vti0",
                    "ip6_vti0",
                    "sit0",
                    "ip6tnl0",
                    "ip6gre0");

    private UplinkGuard() {}

    static void check(String root, List<String> ours) throws IOException {
        if (sameNamespace(SandboxNames.path(root), Path.of("/proc/self/ns/net"))) {
            throw new NetworkException(
                    "refusing to run: namespace "
                            + root
                            + " is the machine's own, the sandbox needs a private one");
        }
        String links = Tools.run("", List.of("ip", "-netns", root, "-json", "link", "show"));
        for (Object entry : JSON.std.listFrom(links)) {
            if (!(entry instanceof Map<?, ?> link)) {
                throw new NetworkException("ip does not list links as objects");
            }
            String name = String.valueOf(link.get("ifname"));
            boolean up = link.get("flags") instanceof List<?> flags && flags.contains("UP");
            if (!ours.contains(name)
                    && (!KERNEL_MADE.contains(name) || (up && !name.equals("lo")))) {
                throw new NetworkException(
                        "refusing to run: namespace "
                                + root
                                + " has an interface '"
                                + name
                                + "' that the sandbox did not make, so its traffic could leave the"
                                + " machine; remove it or use another --id");
            }
        }
    }

    private static boolean sameNamespace(Path one, Path other) throws IOException {
        return Files.getAttribute(one, "unix:ino").equals(Files.getAttribute(other, "unix:ino"))
                && Files.getAttribute(one, "unix:dev")
                        .equals(Files.getAttribute(other, "unix:dev"));
    }
}
