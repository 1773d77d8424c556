package io.ztunnel.sandbox.waypoint.policy;

import io.ztunnel.sandbox.manifest.Tree;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The {@code when} of a rule: a key, and values that it may or may not have. */
final class Conditions {
    private static final String HEADER = "request.headers[";

    private final String namespace;

    /**
     * @param namespace of the policy
     */
    Conditions(String namespace) {
        this.namespace = namespace;
    }

    Check of(Tree when) {
        Function<String, Check> attribute = attribute(when.text("key"));
        List<Check> parts = new ArrayList<>();
        List<String> values = when.strings("values");
        if (!values.isEmpty()) {
            parts.add(new Check.Any(values.stream().map(attribute).toList()));
        }
        List<String> notValues = when.strings("notValues");
        if (!notValues.isEmpty()) {
            parts.add(new Check.Not(new Check.Any(notValues.stream().map(attribute).toList())));
        }
        return new Check.All(parts);
    }

    private Function<String, Check> attribute(String key) {
        if (key.startsWith(HEADER) && key.endsWith("]")) {
            String name = key.substring(HEADER.length(), key.length() - 1);
            return value -> new Check.Header(name, TextMatch.of(value));
        }
        if (key.startsWith("request.auth.")) {
            return _ -> new Check.Token();
        }
        return switch (key) {
            case "source.ip", "remote.ip" -> value -> new Check.SourceIp(IpBlock.parse(value));
            case "source.namespace" -> value -> new Check.ClientNamespace(TextMatch.of(value));
            case "source.principal" -> value -> new Check.Principal(TextMatch.of(value));
            case "source.serviceAccount" -> value -> Rules.serviceAccount(value, namespace);
            case "destination.ip" -> value -> new Check.DestinationIp(IpBlock.parse(value));
            case "destination.port" -> Check.DestinationPort::new;
            // connection.sni and whatever else this waypoint cannot see
            default -> _ -> new Check.Unseen();
        };
    }
}
