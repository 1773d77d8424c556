package io.ztunnel.sandbox.manifest;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks the filters of an HTTPRoute's rule or backend. */
final class HttpRouteFilterRules {
    private static final int MAX_PORT = 65535;

    /** What a filter of each type is described in. */
    private static final Map<String, String> FIELDS =
            Map.of(
                    "RequestHeaderModifier", "requestHeaderModifier",
                    "ResponseHeaderModifier", "responseHeaderModifier",
                    "RequestMirror", "requestMirror",
                    "RequestRedirect", "requestRedirect",
                    "URLRewrite", "urlRewrite",
                    "ExtensionRef", "extensionRef",
                    "CORS", "cors");

    private HttpRouteFilterRules() {}

    static void check(Fields holder, String name) {
        Set<String> seen = new HashSet<>();
        List<Fields> filters = holder.objects(name);
        for (int i = 0; i < filters.size(); i++) {
            Fields filter = filters.get(i);
            String type = filter.requiredString("type").orElse("");
            String field = FIELDS.get(type);
            if (field == null) {
                filter.error("type", Fields.shown(type) + " is not a type of filter");
                continue;
            }
            filter.require(field);
            boolean repeatable = type.equals("RequestMirror") || type.equals("ExtensionRef");
            if (!seen.add(type) && !repeatable) {
                filter.error("type", type + " may be given only once");
            }
            filter(filter.object(field), type);
        }
        if (seen.contains("RequestRedirect") && seen.contains("URLRewrite")) {
            holder.error(name, "RequestRedirect and URLRewrite exclude each other");
        }
        if (seen.contains("RequestRedirect") && holder.has("backendRefs")) {
            holder.error("backendRefs", "must be left out where RequestRedirect answers");
        }
    }

    private static void filter(Fields filter, String type) {
        switch (type) {
            case "RequestHeaderModifier", "ResponseHeaderModifier" -> headers(filter);
            case "RequestMirror" -> mirror(filter);
            case "RequestRedirect" -> redirect(filter);
            case "URLRewrite" -> {
                filter.string("hostname");
                path(filter.object("path"));
            }
            default -> {}
        }
    }

    private static void headers(Fields filter) {
        for (String list : new String[] {"set", "add"}) {
            for (Fields header : filter.objects(list)) {
                header.requiredString("name")
                        .ifPresent(name -> HttpRouteRules.headerName(header, name));
                header.require("value");
                header.string("value");
            }
        }
        filter.strings("remove");
    }

    private static void mirror(Fields filter) {
        HttpRouteRules.backendRef(filter.requiredObject("backendRef"));
        filter.integer("percent", 0, 100);
        Fields fraction = filter.object("fraction");
        if (filter.has("percent") && filter.has("fraction")) {
            filter.error("fraction", "excludes percent");
        }
        if (filter.has("fraction")) {
            fraction.requiredInteger("numerator", 0, Integer.MAX_VALUE);
            fraction.integer("denominator", 1, Integer.MAX_VALUE);
            int numerator = fraction.tree().integer("numerator").orElse(0);
            if (numerator > fraction.tree().integer("denominator").orElse(100)) {
                fraction.error("numerator", "is more than the denominator");
            }
        }
    }

    private static void redirect(Fields filter) {
        filter.oneOf("scheme", "http", "https");
        filter.string("hostname");
        filter.integer("port", 1, MAX_PORT);
        path(filter.object("path"));
        Object code = filter.tree().fields().get("statusCode");
        if (code != null && !List.of(301L, 302L, 303L, 307L, 308L).contains(code)) {
            filter.error(
                    "statusCode", Fields.shown(code) + " is not one of 301, 302, 303, 307, 308");
        }
    }

    private static void path(Fields path) {
        path.oneOf("type", "ReplaceFullPath", "ReplacePrefixMatch");
        switch (path.tree().text("type")) {
            case "ReplaceFullPath" -> path.require("replaceFullPath");
            case "ReplacePrefixMatch" -> path.require("replacePrefixMatch");
            default -> {
                if (!path.tree().fields().isEmpty()) {
                    path.require("type");
                }
            }
        }
        path.string("replaceFullPath");
        path.string("replacePrefixMatch");
    }

    /** A prefix can only be replaced where there is exactly one, and it matched. */
    static void checkPrefixReplacement(Fields rule, List<Fields> matches) {
        for (Fields filter : rule.objects("filters")) {
            for (String field : new String[] {"urlRewrite", "requestRedirect"}) {
                boolean replaces =
                        filter.tree().text(field, "path", "type").equals("ReplacePrefixMatch");
                boolean one =
                        matches.size() <= 1
                                && matches.stream().allMatch(HttpRouteFilterRules::isPrefix);
                if (replaces && !one) {
                    filter.error(
                            field + ".path.type",
                            "ReplacePrefixMatch needs exactly one match, by PathPrefix");
                }
            }
        }
    }

    private static boolean isPrefix(Fields match) {
        return match.tree().string("path", "type").orElse("PathPrefix").equals("PathPrefix");
    }
}
