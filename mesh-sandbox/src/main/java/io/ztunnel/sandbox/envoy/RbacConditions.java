package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.policy.Check;
import io.ztunnel.sandbox.waypoint.policy.IpBlock;
import io.ztunnel.sandbox.waypoint.policy.TextMatch;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;

/**
 * Conditions of Envoy's RBAC filters. They are true or false, where ours may also be unknown: who
 * translates says which of the two that is to be, and a negation turns it around.
 *
 * @param side where it stands: Envoy has two languages that differ in a few words
 * @param http whether there are requests to look at
 */
record RbacConditions(Side side, boolean http) {
    /** Where the client's identity was put when its tunnel was accepted. */
    static final String PEER = "io.istio.peer_principal";

    private static final String SPIFFE = "spiffe://";
    private static final String ANY_DOMAIN = "spiffe://[^/]*";
    private static final String PORT = "(:[^:\\]]*)?";

    enum Side {
        /** What is done. */
        PERMISSION("and_rules", "or_rules", "not_rule", "rules"),
        /** Who does it. */
        PRINCIPAL("and_ids", "or_ids", "not_id", "ids");

        private final String all;
        private final String any;
        private final String not;
        private final String list;

        Side(String all, String any, String not, String list) {
            this.all = all;
            this.any = any;
            this.not = not;
            this.list = list;
        }

        private static Side of(Check check) {
            return switch (check) {
                case Check.All(List<Check> checks) -> of(checks);
                case Check.Any(List<Check> checks) -> of(checks);
                case Check.Not(Check inner) -> of(inner);
                case Check.Principal _,
                        Check.ClientNamespace _,
                        Check.ServiceAccount _,
                        Check.SourceIp _ ->
                        PRINCIPAL;
                case Check.DestinationIp _,
                        Check.DestinationPort _,
                        Check.Method _,
                        Check.Path _,
                        Check.PathRegex _,
                        Check.Host _,
                        Check.Header _,
                        Check.Token _,
                        Check.Unseen _ ->
                        PERMISSION;
            };
        }

        private static Side of(List<Check> checks) {
            return checks.stream().anyMatch(check -> of(check) == PRINCIPAL)
                    ? PRINCIPAL
                    : PERMISSION;
        }

        /** A part of a rule is about one of the two, and headers can be asked for on both sides. */
        boolean holds(Check check) {
            return of(check) == this;
        }
    }

    Map<String, Object> of(Check check, boolean unknown) {
        return switch (check) {
            case Check.All(List<Check> checks) -> all(checks, unknown);
            case Check.Any(List<Check> checks) -> any(checks, unknown);
            case Check.Not(Check inner) -> Proto.of(side.not, of(inner, !unknown));
            case Check.Principal(TextMatch match) -> peer(principal(match));
            case Check.ClientNamespace(TextMatch match) ->
                    peer(
                            Texts.regex(
                                    ANY_DOMAIN
                                            + "/ns/"
                                            + Texts.pattern(match, "[^/]")
                                            + "/sa/[^/]*"));
            case Check.ServiceAccount(String namespace, String name) ->
                    peer(
                            Texts.regex(
                                    ANY_DOMAIN
                                            + "/ns/"
                                            + Texts.quote(namespace)
                                            + "/sa/"
                                            + Texts.quote(name)));
            case Check.SourceIp(IpBlock block) -> ip("direct_remote_ip", block, unknown);
            case Check.DestinationIp(IpBlock block) -> ip("destination_ip", block, unknown);
            case Check.DestinationPort(String port) ->
                    port.matches("[0-9]{1,5}")
                            ? Proto.of("destination_port", Integer.parseInt(port))
                            : constant(false);
            case Check.Method(TextMatch match) ->
                    request(header(":method", Texts.of(match)), unknown);
            case Check.Path(TextMatch match) -> request(path(Texts.of(match)), unknown);
            case Check.PathRegex(var regex) -> request(path(Texts.regex(regex.text())), unknown);
            case Check.Host(TextMatch match, boolean withPort) ->
                    request(header(":authority", host(match, withPort)), unknown);
            case Check.Header(String name, TextMatch match) ->
                    request(header(name, Texts.of(match)), unknown);
            case Check.Token() -> constant(!http && unknown);
            case Check.Unseen() -> constant(unknown);
        };
    }

    Map<String, Object> all(List<Check> checks, boolean unknown) {
        return checks.isEmpty()
                ? constant(true)
                : Proto.of(side.all, Proto.of(side.list, each(checks, unknown)));
    }

    private Map<String, Object> any(List<Check> checks, boolean unknown) {
        return checks.isEmpty()
                ? constant(false)
                : Proto.of(side.any, Proto.of(side.list, each(checks, unknown)));
    }

    private List<Map<String, Object>> each(List<Check> checks, boolean unknown) {
        return checks.stream().map(check -> of(check, unknown)).toList();
    }

    private Map<String, Object> constant(boolean value) {
        Map<String, Object> always = Proto.of("any", true);
        return value ? always : Proto.of(side.not, always);
    }

    private Map<String, Object> request(Map<String, Object> condition, boolean unknown) {
        return http ? condition : constant(unknown);
    }

    private static Map<String, Object> header(String name, Map<String, Object> match) {
        return Proto.of("header", Texts.header(name, match));
    }

    private static Map<String, Object> path(Map<String, Object> match) {
        return Proto.of("url_path", Proto.of("path", match));
    }

    private static Map<String, Object> host(TextMatch match, boolean withPort) {
        return Texts.regex("(?i)" + Texts.pattern(match, ".") + (withPort ? "" : PORT));
    }

    private static Map<String, Object> peer(Map<String, Object> match) {
        return Proto.of("filter_state", Proto.of("key", PEER, "string_match", match));
    }

    private static Map<String, Object> principal(TextMatch match) {
        return switch (match) {
            case TextMatch.Any() -> Texts.regex(SPIFFE + ".+");
            case TextMatch.Exact(String text) -> Texts.exact(SPIFFE + text);
            case TextMatch.Prefix(String text) -> Proto.of("prefix", SPIFFE + text);
            case TextMatch.Suffix(String text) -> Proto.of("suffix", text);
        };
    }

    private Map<String, Object> ip(String field, IpBlock block, boolean unknown) {
        return switch (block) {
            case IpBlock.Unreadable() -> constant(unknown);
            case IpBlock.Block(byte[] address, int bits) -> Proto.of(field, block(address, bits));
        };
    }

    private static Map<String, Object> block(byte[] address, int bits) {
        try {
            return Addresses.block(InetAddress.getByAddress(address), bits);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an IP address of 4 or 16 bytes", e);
        }
    }
}
