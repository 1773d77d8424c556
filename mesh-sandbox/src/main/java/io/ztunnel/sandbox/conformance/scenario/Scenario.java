package io.ztunnel.sandbox.conformance.scenario;

import java.util.List;
import java.util.Set;

/**
 * One claim about a ztunnel, and how to see whether it holds.
 *
 * @param file where it is written, without folder
 * @param name says the rule
 * @param rules ids such as {@code 01-3.2-4}: document, section, number within the section
 * @param families where it is run
 * @param fast whether it belongs to the subset that every build runs
 * @param resources served while it runs, beside those of the mesh
 */
public record Scenario(
        String file,
        String name,
        List<String> rules,
        Set<Family> families,
        boolean fast,
        List<ResourceTemplate> resources,
        List<Step.Placed> steps) {
    public Scenario {
        rules = List.copyOf(rules);
        families = Set.copyOf(families);
        resources = List.copyOf(resources);
        steps = List.copyOf(steps);
    }

    /** The sections that it is about, such as {@code 01 §3.2}. */
    public List<String> sections() {
        return rules.stream()
                .map(rule -> rule.split("-", 3))
                .map(parts -> parts[0] + " §" + parts[1])
                .distinct()
                .toList();
    }
}
