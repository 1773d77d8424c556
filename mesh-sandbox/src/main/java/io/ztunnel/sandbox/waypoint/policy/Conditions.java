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
            parts.add(Check.any(values.stream().map(attribute).toList()));
        }
        List<String> notValues = when.strings("notValues");
        if (!notValues.isEmpty()) {
            parts.add(Check.any(notValues.stream().map(attribute).toList()).not());
        }
        return Check.all(parts);
    }

    private Function<String, Check> attribute(String key) {
        if (key.startsWith(HEADER) && key.endsWith("]")) {
            String name = key.substring(HEADER.length(), key.length() - 1);
            return value -> header(name, value);
        }
        if (key.startsWith("request.auth.")) {
            return _ -> Attributes.noToken();
        }
        return switch (key) {
            case "source.ip", "remote.ip" -> Attributes::sourceIp;
            case "source.namespace" -> Attributes::namespace;
            case "source.principal" -> Attributes::principal;
            case "source.serviceAccount" -> value -> Attributes.serviceAccount(value, namespace);
            case "destination.ip" -> Attributes::destinationIp;
            case "destination.port" -> Attributes::port;
            // connection.sni and whatever else this waypoint cannot see
            default -> _ -> _ -> Outcome.UNKNOWN;
        };
    }

    private static Check header(String name, String value) {
        TextMatch match = TextMatch.of(value);
        return Attributes.request(head -> head.header(name).filter(match::matches).isPresent());
    }
}
