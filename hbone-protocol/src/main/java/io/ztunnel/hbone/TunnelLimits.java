package io.ztunnel.hbone;

/**
 * What one {@link TunnelPool} may hold at most, each 1 or more.
 *
 * @param tunnelsPerKey tunnels to one destination for one client; the next connection is refused
 * @param tunnels tunnels altogether; the next connection that needs one is refused
 * @param idleTunnels tunnels without streams; the one idle for longest is closed
 */
public record TunnelLimits(int tunnelsPerKey, int tunnels, int idleTunnels) {
    /** A pod meets these only by a loop of its own making: 1,000 tunnels carry 100,000 streams. */
    public static final TunnelLimits DEFAULTS = new TunnelLimits(1_000, 10_000, 500);

    public TunnelLimits {
        if (tunnelsPerKey < 1 || tunnels < 1 || idleTunnels < 1) {
            throw new IllegalArgumentException(
                    "limits must be positive: "
                            + tunnelsPerKey
                            + ", "
                            + tunnels
                            + ", "
                            + idleTunnels);
        }
    }
}
