package io.ztunnel.redirection;

import io.ztunnel.linux.NetworkNamespace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Whether a namespace's lo has ::1; many pods of IPv4-only clusters have not. */
final class LoopbackIpv6 {
    private static final Path DISABLED = Path.of("/proc/sys/net/ipv6/conf/lo/disable_ipv6");

    private LoopbackIpv6() {}

    static boolean isEnabled(NetworkNamespace namespace) throws IOException {
        try {
            // The file shows the namespace of the thread that reads it.
            return !namespace.call(() -> Files.readString(DISABLED)).startsWith("1");
        } catch (NoSuchFileException kernelWithoutIpv6) {
            return false;
        }
    }
}
