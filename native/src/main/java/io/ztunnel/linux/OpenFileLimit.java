package io.ztunnel.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How many files the process may have open (RLIMIT_NOFILE); an unsigned number, so that "unlimited"
 * is -1.
 *
 * @param before the soft limit found
 * @param now the soft limit in force
 * @param hard the limit up to which it may be raised
 */
public record OpenFileLimit(long before, long now, long hard) {
    private static final int RLIMIT_NOFILE = 7;

    /**
     * Raises the soft limit to the hard one: every proxied connection takes two descriptors, and
     * the usual soft limit of 1024 is there for programs that use select(2).
     *
     * @throws LinuxException when the kernel refuses
     */
    public static OpenFileLimit raise() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limits = arena.allocate(2 * Long.BYTES, Long.BYTES);
            LinuxException.check(
                    "getrlimit", "RLIMIT_NOFILE", Libc.getLimit(RLIMIT_NOFILE, limits));
            long soft = limits.get(ValueLayout.JAVA_LONG, 0);
            long hard = limits.get(ValueLayout.JAVA_LONG, Long.BYTES);
            if (soft != hard) {
                limits.set(ValueLayout.JAVA_LONG, 0, hard);
                LinuxException.check(
                        "setrlimit", "RLIMIT_NOFILE", Libc.setLimit(RLIMIT_NOFILE, limits));
            }
            return new OpenFileLimit(soft, hard, hard);
        }
    }
}
