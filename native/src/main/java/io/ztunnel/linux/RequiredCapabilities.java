package io.ztunnel.linux;

import java.io.IOException;

/** Finds out at start-up whether the process may do what serving pods needs. */
public final class RequiredCapabilities {
    private static final int AF_INET = 2;
    private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
    private static final int SO_MARK = 36;

    private RequiredCapabilities() {}

    /**
     * Enters the own network namespace, which needs CAP_SYS_ADMIN, and marks a socket, which needs
     * CAP_NET_ADMIN.
     *
     * @param mark the mark to try; 0 tries none
     * @throws LinuxException naming the call that is not allowed
     */
    public static void verify(int mark) throws IOException {
        try (NetworkNamespace own = NetworkNamespace.current()) {
            own.call(() -> true);
        }
        if (mark == 0) {
            return;
        }
        int socket =
                LinuxException.check(
                        "socket", "AF_INET", Libc.socket(AF_INET, SOCK_STREAM_CLOEXEC));
        try {
            LinuxException.check(
                    "setsockopt",
                    "SO_MARK",
                    Libc.setIntOption(socket, Libc.SOL_SOCKET, SO_MARK, mark));
        } finally {
            Libc.close(socket);
        }
    }
}
