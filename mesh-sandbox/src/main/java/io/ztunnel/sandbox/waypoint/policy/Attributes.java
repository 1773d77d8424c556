package io.ztunnel.sandbox.waypoint.policy;

import io.ztunnel.sandbox.waypoint.request.RequestHead;

import java.util.function.Predicate;

/** Checks of single attributes of what is attempted. */
final class Attributes {
    private Attributes() {}

    static Check principal(String value) {
        TextMatch match = TextMatch.of(value);
        return attempted -> Outcome.of(match.matches(attempted.client().principal()));
    }

    static Check namespace(String value) {
        TextMatch match = TextMatch.of(value);
        return attempted -> Outcome.of(match.matches(attempted.client().namespace()));
    }

    /**
     * @param value {@code namespace/name}, or a name in the policy's own namespace
     */
    static Check serviceAccount(String value, String policyNamespace) {
        int slash = value.indexOf('/');
        String namespace = slash < 0 ? policyNamespace : value.substring(0, slash);
        String name = value.substring(slash + 1);
        return attempted ->
                Outcome.of(
                        attempted.client().namespace().equals(namespace)
                                && attempted.client().serviceAccount().equals(name));
    }

    static Check sourceIp(String block) {
        IpBlock ips = IpBlock.parse(block);
        return attempted -> ips.outcome(attempted.source());
    }

    static Check destinationIp(String block) {
        IpBlock ips = IpBlock.parse(block);
        return attempted -> ips.outcome(attempted.dialled().getAddress());
    }

    static Check port(String value) {
        return attempted ->
                Outcome.of(Integer.toString(attempted.dialled().getPort()).equals(value));
    }

    /** There are no tokens here: nothing checks them, so that nobody has one. */
    static Check noToken() {
        return attempted -> attempted.request().isPresent() ? Outcome.NO : Outcome.UNKNOWN;
    }

    static Check request(Predicate<RequestHead> holds) {
        return attempted ->
                attempted
                        .request()
                        .map(head -> Outcome.of(holds.test(head)))
                        .orElse(Outcome.UNKNOWN);
    }
}
