package io.ztunnel.sandbox.conformance.scenario;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The scenarios of one topic and the mesh they run in.
 *
 * @param shared whether that is the mesh which other files use, too
 */
public record ScenarioFile(String name, MeshSpec mesh, boolean shared, List<Scenario> scenarios) {
    private static final Pattern RULE = Pattern.compile("\\d{2}-\\d+(\\.\\d+)*-\\d+");

    public ScenarioFile {
        scenarios = List.copyOf(scenarios);
    }

    /** Reads the mesh that files use unless they say otherwise. */
    public static MeshSpec mesh(String file, String text) {
        return MeshSpec.read(Item.parse(file, text));
    }

    /**
     * @param mesh which the file's own {@code mesh} changes
     * @throws BadScenarioException with file, line, field and reason
     */
    public static ScenarioFile read(String file, String text, MeshSpec mesh) {
        FieldReader reader = Item.parse(file, text).reader();
        var own = reader.item("mesh");
        List<Scenario> scenarios = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Item item : reader.required("scenarios").list()) {
            Scenario scenario = scenario(item);
            if (!names.add(scenario.name())) {
                throw item.error("there is another scenario '" + scenario.name() + "'");
            }
            scenarios.add(scenario);
        }
        reader.end();
        return new ScenarioFile(file, own.map(mesh::with).orElse(mesh), own.isEmpty(), scenarios);
    }

    private static Scenario scenario(Item item) {
        FieldReader reader = item.reader();
        String name = reader.text("name");
        List<String> rules = new ArrayList<>();
        for (Item rule : reader.required("rules").list()) {
            if (!RULE.matcher(rule.text()).matches()) {
                throw rule.error("expected an id such as 01-3.2-4, not '" + rule.text() + "'");
            }
            rules.add(rule.text());
        }
        if (rules.isEmpty()) {
            throw item.error("a scenario is about a rule at least");
        }
        List<Item> families = reader.list("families");
        Scenario scenario =
                new Scenario(
                        item.file(),
                        name,
                        rules,
                        families.isEmpty()
                                ? Set.of(Family.values())
                                : Set.copyOf(
                                        families.stream()
                                                .map(f -> FieldReader.choice(f, Family.class))
                                                .toList()),
                        reader.flag("fast", false),
                        reader.list("resources").stream().map(ResourceTemplate::read).toList(),
                        reader.required("steps").list().stream().map(StepReader::read).toList());
        reader.end();
        return scenario;
    }
}
