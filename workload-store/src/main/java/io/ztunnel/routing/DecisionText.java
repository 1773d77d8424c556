package io.ztunnel.routing;

/** Decisions in one short line each, for whoever listens to the reasons. */
final class DecisionText {
    private DecisionText() {}

    static String of(Route route) {
        return switch (route) {
            case Route.Passthrough passthrough ->
                    "plain TCP to " + passthrough.destination() + " as dialled";
            case Route.DirectTcp direct ->
                    "plain TCP to " + of(direct.hop()) + ", " + direct.workload().uid();
            case Route.Hbone tunnel ->
                    "tunnel to "
                            + of(tunnel.hop())
                            + ", "
                            + tunnel.workload().uid()
                            + ", for "
                            + of(tunnel.authority())
                            + " as one of "
                            + tunnel.identities();
            case Route.DoubleHbone tunnels ->
                    "tunnel to gateway "
                            + of(tunnels.gateway())
                            + " as one of "
                            + tunnels.gatewayIdentities()
                            + ", inside it one for "
                            + tunnels.authority()
                            + " as one of "
                            + tunnels.innerIdentities();
            case Route.Refused refused -> "refused: " + refused.detail();
        };
    }

    private static String of(Route.Hop hop) {
        return switch (hop) {
            case Route.Hop.Address by -> by.address().toString();
            case Route.Hop.Hostname by -> by.hostname() + ":" + by.port();
        };
    }

    private static String of(Route.Authority authority) {
        return authority.ip() == null
                ? "the resolved address, port " + authority.port()
                : authority.ip() + " port " + authority.port();
    }

    static String of(InboundDecision decision) {
        return switch (decision) {
            case InboundDecision.Accepted accepted ->
                    accepted.authority()
                            + " is served by "
                            + accepted.application()
                            + (accepted.proxied() == null
                                    ? ""
                                    : ", told of " + accepted.proxied() + " by PROXY protocol");
            case InboundDecision.Rejected rejected ->
                    "refused with " + rejected.status() + ": " + rejected.detail();
        };
    }
}
