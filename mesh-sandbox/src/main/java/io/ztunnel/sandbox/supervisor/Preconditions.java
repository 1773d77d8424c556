package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.net.SandboxNetwork;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What must hold before anything is made; each failure is one line that says what to do. */
public final class Preconditions {
    private static final Path SELF = Path.of("/proc/self");

    private Preconditions() {}

    /**
     * The first thing that stands in the way.
     *
     * @param options what is asked for
     */
    public static Optional<String> unmet(SandboxOptions options) throws IOException {
        Optional<String> privileges = unmetPrivileges(effectiveUser());
        if (privileges.isPresent()) {
            return privileges;
        }
        List<String> missing = SandboxNetwork.missingPrograms();
        if (!missing.isEmpty()) {
            return Optional.of(
                    "not found on the PATH: "
                            + String.join(", ", missing)
                            + "; on Debian: apt-get install iproute2 nftables util-linux");
        }
        if (!Files.isDirectory(options.manifests())) {
            return Optional.of("no such folder of manifests: " + options.manifests());
        }
        if (!Files.isExecutable(options.ztunnel())) {
            return Optional.of(
                    "no ztunnel at "
                            + options.ztunnel()
                            + "; build it with 'make build' or set ZTUNNEL_BIN");
        }
        return Optional.empty();
    }

    /** Namespaces, links and rules need CAP_SYS_ADMIN and CAP_NET_ADMIN. */
    static Optional<String> unmetPrivileges(int user) {
        return user == 0
                ? Optional.empty()
                : Optional.of(
                        "the sandbox makes network namespaces and must run as root (this is user "
                                + user
                                + "); try sudo");
    }

    /** {@link #unmetPrivileges} of this process. */
    public static Optional<String> unmetPrivileges() throws IOException {
        return unmetPrivileges(effectiveUser());
    }

    private static int effectiveUser() throws IOException {
        return (Integer) Files.getAttribute(SELF, "unix:uid");
    }
}
