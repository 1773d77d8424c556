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
     * @param options what is asked for
     * @throws IOException with the first thing that stands in the way
     */
    public static void check(SandboxOptions options) throws IOException {
        refuse(unmet(options));
    }

    /**
     * @throws IOException when this process may not make or enter namespaces
     */
    public static void checkPrivileges() throws IOException {
        refuse(unmetPrivileges(effectiveUser()));
    }

    private static void refuse(Optional<String> unmet) throws IOException {
        if (unmet.isPresent()) {
            throw new IOException(unmet.get());
        }
    }

    private static Optional<String> unmet(SandboxOptions options) throws IOException {
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

    private static int effectiveUser() throws IOException {
        return (Integer) Files.getAttribute(SELF, "unix:uid");
    }
}
