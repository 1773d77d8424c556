package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.scenario.FieldReader;
import io.ztunnel.sandbox.conformance.scenario.Item;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Scenarios in which an implementation is known to do otherwise, and why that may stay so. */
public record Differences(List<Difference> all) {
    public Differences {
        all = List.copyOf(all);
    }

    /**
     * @param implementation "reference" or "this"
     */
    public record Difference(String scenario, String implementation, String reason) {}

    static Differences read(String file, String text, Set<String> scenarios) {
        FieldReader reader = Item.parse(file, text).reader();
        List<Difference> all = new ArrayList<>();
        for (Item item : reader.required("differences").list()) {
            FieldReader fields = item.reader();
            Difference difference =
                    new Difference(
                            fields.text("scenario"),
                            fields.text("implementation"),
                            fields.text("reason"));
            fields.end();
            if (!scenarios.contains(difference.scenario())) {
                throw item.error("there is no scenario '" + difference.scenario() + "'");
            }
            if (!Set.of("reference", "this").contains(difference.implementation())) {
                throw item.error("an implementation is either reference or this");
            }
            all.add(difference);
        }
        reader.end();
        return new Differences(all);
    }

    /** Why the scenario may fail where these implementations run. */
    Optional<String> reason(String scenario, List<String> implementations) {
        return all.stream()
                .filter(difference -> difference.scenario().equals(scenario))
                .filter(difference -> implementations.contains(difference.implementation()))
                .map(Difference::reason)
                .findFirst();
    }
}
