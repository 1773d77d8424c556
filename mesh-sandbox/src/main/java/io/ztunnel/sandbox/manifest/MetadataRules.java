package io.ztunnel.sandbox.manifest;

import java.util.regex.Pattern;

/** What the apiserver asks of names, labels and selectors of every kind (RFC 1123 names). */
final class MetadataRules {
    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
    private static final Pattern LABEL_VALUE =
            Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?");
    private static final String NAME_RULE =
            "\" is not a name: lower-case letters, digits and dashes, at most ";

    private MetadataRules() {}

    static void check(Fields object, Kind kind) {
        Fields metadata = object.requiredObject("metadata");
        boolean label = kind == Kind.NAMESPACE || kind == Kind.SERVICE;
        metadata.requiredString("name")
                .ifPresent(name -> name(metadata, "name", name, label ? 63 : 253));
        if (kind.namespaced()) {
            metadata.string("namespace")
                    .filter(ns -> !ns.isEmpty())
                    .ifPresent(ns -> name(metadata, "namespace", ns, 63));
        }
        labels(metadata);
        metadata.stringMap("annotations");
    }

    static void labels(Fields metadata) {
        metadata.stringMap("labels");
        metadata.tree()
                .stringMap("labels")
                .forEach(
                        (key, value) -> {
                            if (value.length() > 63 || !LABEL_VALUE.matcher(value).matches()) {
                                metadata.error(
                                        "labels." + key,
                                        Fields.shown(value) + " is not a label value");
                            }
                        });
    }

    static void selector(Fields selector) {
        selector.stringMap("matchLabels");
        for (Fields expression : selector.objects("matchExpressions")) {
            expression.requiredString("key");
            expression.require("operator");
            expression.oneOf("operator", "In", "NotIn", "Exists", "DoesNotExist");
            boolean none = expression.strings("values").isEmpty();
            String operator = expression.tree().text("operator");
            if (none && (operator.equals("In") || operator.equals("NotIn"))) {
                expression.error("values", operator + " needs at least one value");
            }
        }
    }

    private static void name(Fields metadata, String field, String name, int limit) {
        if (name.length() > limit || !SUBDOMAIN.matcher(name).matches()) {
            metadata.error(field, "\"" + name + NAME_RULE + limit);
        }
    }
}
