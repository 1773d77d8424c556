package io.ztunnel.sandbox.waypoint.policy;

import io.ztunnel.sandbox.waypoint.request.BoundedRegex;
import io.ztunnel.sandbox.waypoint.request.RequestHead;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * One thing that a rule asks for. It is data, so that another proxy can be told the same rules as
 * the embedded one follows.
 */
public sealed interface Check {
    /** Of none: a yes. */
    record All(List<Check> checks) implements Check {
        public All {
            checks = List.copyOf(checks);
        }
    }

    /** Of none: a no. */
    record Any(List<Check> checks) implements Check {
        public Any {
            checks = List.copyOf(checks);
        }
    }

    record Not(Check check) implements Check {}

    /** Of the client's identity, without {@code spiffe://}. */
    record Principal(TextMatch match) implements Check {}

    record ClientNamespace(TextMatch match) implements Check {}

    record ServiceAccount(String namespace, String name) implements Check {}

    /** The client's pod. */
    record SourceIp(IpBlock block) implements Check {}

    /** What was dialled. */
    record DestinationIp(IpBlock block) implements Check {}

    record DestinationPort(String port) implements Check {}

    record Method(TextMatch match) implements Check {}

    record Path(TextMatch match) implements Check {}

    record PathRegex(BoundedRegex regex) implements Check {}

    /**
     * @param match of a text in lower case
     * @param withPort whether the policy names a port, so that the request's counts
     */
    record Host(TextMatch match, boolean withPort) implements Check {}

    record Header(String name, TextMatch match) implements Check {}

    /** There are no tokens here: nothing checks them, so that nobody has one. */
    record Token() implements Check {}

    /** Something that a waypoint cannot see. */
    record Unseen() implements Check {}

    default Outcome test(Attempted attempted) {
        return switch (this) {
            case All(List<Check> checks) ->
                    Outcome.all(checks.stream().map(check -> check.test(attempted)));
            case Any(List<Check> checks) ->
                    Outcome.any(checks.stream().map(check -> check.test(attempted)));
            case Not(Check check) -> check.test(attempted).not();
            case Principal(TextMatch match) ->
                    Outcome.of(match.matches(attempted.client().principal()));
            case ClientNamespace(TextMatch match) ->
                    Outcome.of(match.matches(attempted.client().namespace()));
            case ServiceAccount(String namespace, String name) ->
                    Outcome.of(
                            attempted.client().namespace().equals(namespace)
                                    && attempted.client().serviceAccount().equals(name));
            case SourceIp(IpBlock block) -> block.outcome(attempted.source());
            case DestinationIp(IpBlock block) -> block.outcome(attempted.dialled().getAddress());
            case DestinationPort(String port) ->
                    Outcome.of(Integer.toString(attempted.dialled().getPort()).equals(port));
            case Method(TextMatch match) ->
                    request(attempted, head -> match.matches(head.method()));
            case Path(TextMatch match) -> request(attempted, head -> match.matches(head.path()));
            case PathRegex(BoundedRegex regex) ->
                    request(attempted, head -> regex.matches(head.path()));
            case Host(TextMatch match, boolean withPort) ->
                    request(
                            attempted,
                            head ->
                                    match.matches(head.authority().toLowerCase(Locale.ROOT))
                                            || (!withPort && match.matches(head.host())));
            case Header(String name, TextMatch match) ->
                    request(
                            attempted,
                            head -> head.header(name).filter(match::matches).isPresent());
            case Token() -> request(attempted, _ -> false);
            case Unseen() -> Outcome.UNKNOWN;
        };
    }

    private static Outcome request(Attempted attempted, Predicate<RequestHead> holds) {
        return attempted
                .request()
                .map(head -> Outcome.of(holds.test(head)))
                .orElse(Outcome.UNKNOWN);
    }
}
