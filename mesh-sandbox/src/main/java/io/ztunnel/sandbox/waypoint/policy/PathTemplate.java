package io.ztunnel.sandbox.waypoint.policy;

import java.util.regex.Pattern;

/**
 * A path of a policy with Istio's templates: {@code {*}} stands for one element, {@code {**}} for
 * any number of them.
 */
final class PathTemplate {
    private static final Pattern OPERATOR = Pattern.compile("\\{\\*\\*?}");

    private PathTemplate() {}

    static boolean isTemplate(String value) {
        return OPERATOR.matcher(value).find();
    }

    /** As a regular expression. */
    static String regex(String value) {
        StringBuilder regex = new StringBuilder();
        int from = 0;
        var operator = OPERATOR.matcher(value);
        while (operator.find()) {
            regex.append(Pattern.quote(value.substring(from, operator.start())));
            regex.append(operator.group().length() == 3 ? "[^/]+" : ".*");
            from = operator.end();
        }
        return regex.append(Pattern.quote(value.substring(from))).toString();
    }
}
