package io.ztunnel.sandbox.manifest;

import java.util.List;
import java.util.Map;

/**
 * A Kubernetes label selector: every requirement must hold. Without requirements it selects
 * everything; that no selector at all selects nothing is for the caller to say.
 *
 * @param requirements all must hold
 */
public record LabelSelector(List<Requirement> requirements) {

    /** One condition on one label. */
    public record Requirement(String key, Operator operator, List<String> values) {
        boolean matches(Map<String, String> labels) {
            String value = labels.get(key);
            return switch (operator) {
                case IN -> value != null && values.contains(value);
                case NOT_IN -> value == null || !values.contains(value);
                case EXISTS -> value != null;
                case DOES_NOT_EXIST -> value == null;
                case INVALID -> false;
            };
        }
    }

    /**
     * {@link #INVALID} stands for any operator that Kubernetes does not have; it matches nothing.
     */
    public enum Operator {
        IN,
        NOT_IN,
        EXISTS,
        DOES_NOT_EXIST,
        INVALID;

        static Operator of(String text) {
            return switch (text) {
                case "In" -> IN;
                case "NotIn" -> NOT_IN;
                case "Exists" -> EXISTS;
                case "DoesNotExist" -> DOES_NOT_EXIST;
                default -> INVALID;
            };
        }
    }

    /** Reads {@code matchLabels} and {@code matchExpressions}. */
    public static LabelSelector of(Tree selector) {
        var requirements = new java.util.ArrayList<Requirement>();
        selector.stringMap("matchLabels")
                .forEach(
                        (key, value) ->
                                requirements.add(
                                        new Requirement(key, Operator.IN, List.of(value))));
        for (Tree expression : selector.trees("matchExpressions")) {
            Operator operator = Operator.of(expression.text("operator"));
            List<String> values = expression.strings("values");
            boolean wantsValues = operator == Operator.IN || operator == Operator.NOT_IN;
            if (expression.text("key").isEmpty() || wantsValues == values.isEmpty()) {
                operator = Operator.INVALID;
            }
            requirements.add(new Requirement(expression.text("key"), operator, values));
        }
        return new LabelSelector(List.copyOf(requirements));
    }

    public boolean matches(Map<String, String> labels) {
        return requirements.stream().allMatch(r -> r.matches(labels));
    }

    public boolean isEmpty() {
        return requirements.isEmpty();
    }

    /** Whether every pair of a plain selector is among the labels, as Services select pods. */
    public static boolean isSubset(Map<String, String> selector, Map<String, String> labels) {
        return labels.entrySet().containsAll(selector.entrySet());
    }
}
