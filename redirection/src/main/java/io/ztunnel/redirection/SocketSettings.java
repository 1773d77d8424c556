package io.ztunnel.redirection;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;

/**
 * How sockets that carry pod traffic are set up; the same for every pod.
 *
 * @param packetMark SO_MARK of every socket in a pod, which the in-pod rules know ztunnel's own
 *     packets by; 0 sets none
 * @param portReuse SO_REUSEPORT on listeners, so that an old and a new ztunnel overlap during an
 *     upgrade. The kernel shares a port only between processes of the same effective user
 * @param originalSource whether applications see the address of the real client
 * @param ipv6Enabled listeners are dual stack, else IPv4 only
 * @param keepalive TCP keepalive of outbound and plaintext connections
 * @param userTimeoutEnabled also give up on unacknowledged data after as long as keepalive takes
 */
public record SocketSettings(
        int packetMark,
        boolean portReuse,
        OriginalSource originalSource,
        boolean ipv6Enabled,
        Keepalive keepalive,
        boolean userTimeoutEnabled) {
    /** The mark that istio-cni's rules expect. */
    public static final int DEFAULT_MARK = 0x539;

    /** IP_TRANSPARENT on listeners, with which they may answer for addresses they do not have. */
    public enum OriginalSource {
        /** A listener that cannot have it is an error. */
        REQUIRED,
        /** Not even tried. */
        NEVER,
        /** Used where the kernel grants it. */
        BEST_EFFORT
    }

    /**
     * TCP keepalive, see tcp(7).
     *
     * @param idle silence before the first probe, 1 to 32767 s
     * @param interval between probes, 1 to 32767 s
     * @param probes unanswered ones that end the connection, 1 to 127
     */
    public record Keepalive(boolean enabled, Duration idle, Duration interval, int probes) {
        private static final long MAX_SECONDS = 32_767;
        private static final int MAX_PROBES = 127;

        public Keepalive {
            requireSeconds("idle", idle);
            requireSeconds("interval", interval);
            if (probes < 1 || probes > MAX_PROBES) {
                throw new IllegalArgumentException(
                        "keepalive probes are 1 to " + MAX_PROBES + ", not " + probes);
            }
        }

        /** How long a connection to a peer that has vanished lives. */
        public Duration total() {
            return idle.plus(interval.multipliedBy(probes));
        }

        private static void requireSeconds(String name, Duration value) {
            if (value.toSeconds() < 1 || value.toSeconds() > MAX_SECONDS) {
                throw new IllegalArgumentException(
                        "keepalive %s is 1 to %d s, not %s".formatted(name, MAX_SECONDS, value));
            }
        }
    }

    /** What the reference ztunnel does without any setting. */
    public static SocketSettings defaults() {
        return new SocketSettings(
                DEFAULT_MARK,
                true,
                OriginalSource.BEST_EFFORT,
                true,
                new Keepalive(true, Duration.ofMinutes(3), Duration.ofMinutes(3), 9),
                false);
    }

    /** The address by which a listener of {@link PodNetwork} hears everybody. */
    public InetSocketAddress wildcard(int port) {
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(new byte[ipv6Enabled ? 16 : 4]), port);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are addresses", e);
        }
    }
}
