package io.ztunnel.sandbox.manifest;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Checks an HTTPRoute as the apiserver does with the schema of the Gateway API: what breaks a rule
 * could not be routed by.
 */
final class HttpRouteRules {
    private static final int MAX_PORT = 65535;
    private static final int MAX_WEIGHT = 1_000_000;
    private static final int MAX_RULES = 16;
    private static final int MAX_MATCHES = 64;
    private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+\\-.^_|~`]+");
    private static final String[] METHODS = {
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"
    };

    private HttpRouteRules() {}

    static void check(Fields spec) {
        for (Fields parent : spec.objects("parentRefs")) {
            parent.string("group");
            parent.string("kind");
            parent.string("namespace");
            parent.requiredString("name");
            parent.string("sectionName");
            parent.integer("port", 1, MAX_PORT);
        }
        spec.strings("hostnames");
        List<Fields> rules = spec.objects("rules");
        if (rules.size() > MAX_RULES) {
            spec.error("rules", "at most " + MAX_RULES + " rules, not " + rules.size());
        }
        rules.forEach(HttpRouteRules::rule);
    }

    private static void rule(Fields rule) {
        rule.string("name");
        List<Fields> matches = rule.objects("matches");
        if (matches.size() > MAX_MATCHES) {
            rule.error("matches", "at most " + MAX_MATCHES + " matches, not " + matches.size());
        }
        matches.forEach(HttpRouteRules::match);
        HttpRouteFilterRules.check(rule, "filters");
        HttpRouteFilterRules.checkPrefixReplacement(rule, matches);
        for (Fields backend : rule.objects("backendRefs")) {
            backendRef(backend);
            backend.integer("weight", 0, MAX_WEIGHT);
            HttpRouteFilterRules.check(backend, "filters");
        }
        timeouts(rule.object("timeouts"));
        retry(rule.object("retry"));
    }

    static void backendRef(Fields backend) {
        backend.string("group");
        backend.string("kind");
        backend.string("namespace");
        backend.requiredString("name");
        boolean service = backend.tree().string("kind").orElse("Service").equals("Service");
        if (service && backend.tree().text("group").isEmpty()) {
            backend.requiredInteger("port", 1, MAX_PORT);
        } else {
            backend.integer("port", 1, MAX_PORT);
        }
    }

    private static void match(Fields match) {
        Fields path = match.object("path");
        path.oneOf("type", "Exact", "PathPrefix", "RegularExpression");
        String type = path.tree().string("type").orElse("PathPrefix");
        path.string("value").ifPresent(value -> pathValue(path, type, value));
        match.oneOf("method", METHODS);
        for (Fields header : match.objects("headers")) {
            header.requiredString("name").ifPresent(name -> headerName(header, name));
            valueMatch(header);
        }
        for (Fields parameter : match.objects("queryParams")) {
            parameter.requiredString("name");
            valueMatch(parameter);
        }
    }

    private static void pathValue(Fields path, String type, String value) {
        if (type.equals("RegularExpression")) {
            regex(path, value);
        } else if (!value.startsWith("/")) {
            path.error("value", Fields.shown(value) + " does not begin with /");
        } else if (List.of("//", "/./", "/../", "%2f", "%2F", "#").stream()
                .anyMatch(value::contains)) {
            path.error(
                    "value",
                    Fields.shown(value) + " holds //, /./, /../, %2f or #: no path matches that");
        } else if (value.endsWith("/..") || value.endsWith("/.")) {
            path.error("value", Fields.shown(value) + " ends with a dot segment");
        }
    }

    private static void valueMatch(Fields match) {
        match.oneOf("type", "Exact", "RegularExpression");
        match.require("value");
        match.string("value")
                .filter(_ -> match.tree().text("type").equals("RegularExpression"))
                .ifPresent(value -> regex(match, value));
    }

    private static void regex(Fields at, String value) {
        try {
            Pattern.compile(value);
        } catch (PatternSyntaxException e) {
            at.error(
                    "value",
                    Fields.shown(value) + " is no regular expression: " + e.getDescription());
        }
    }

    static void headerName(Fields at, String name) {
        if (!HEADER_NAME.matcher(name).matches()) {
            at.error("name", Fields.shown(name) + " is not the name of a header");
        }
    }

    private static void timeouts(Fields timeouts) {
        Optional<Long> request = duration(timeouts, "request");
        Optional<Long> backend = duration(timeouts, "backendRequest");
        if (request.isPresent()
                && backend.isPresent()
                && request.get() != 0
                && backend.get() > request.get()) {
            timeouts.error("backendRequest", "is longer than request");
        }
    }

    private static Optional<Long> duration(Fields at, String name) {
        Optional<String> text = at.string(name);
        Optional<Long> millis = text.flatMap(GatewayDuration::millis);
        if (text.isPresent() && millis.isEmpty()) {
            at.error(
                    name, Fields.shown(text.get()) + " is not a duration like 10s, 1h30m or 500ms");
        }
        return millis;
    }

    private static void retry(Fields retry) {
        List<Object> codes = retry.list("codes");
        for (int i = 0; i < codes.size(); i++) {
            if (!(codes.get(i) instanceof Long code) || code < 400 || code > 599) {
                retry.error(
                        "codes[" + i + "]",
                        "expected a status 400..599, not " + Fields.shown(codes.get(i)));
            }
        }
        retry.integer("attempts", 0, 1000);
        duration(retry, "backoff");
    }
}
