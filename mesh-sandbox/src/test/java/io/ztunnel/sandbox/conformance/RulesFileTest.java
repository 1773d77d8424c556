package io.ztunnel.sandbox.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What {@code rules.yaml} names must exist in the tests of some module of this repository. */
class RulesFileTest {
    private static final Path REPOSITORY =
            Objects.requireNonNull(Path.of("").toAbsolutePath().getParent());
    private static final Pattern ID = Pattern.compile("0[125]-\\d+(\\.\\d+)*-\\d+");
    private static final Pattern TEST = Pattern.compile("([\\w.]+)#(\\w+)");
    private static final Set<String> KEYS = Set.of("id", "text", "tests", "missing");

    private static List<Map<?, ?>> rules = List.of();
    private static List<Path> sources = List.of();

    @BeforeAll
    static void read() throws IOException {
        try (InputStream file =
                RulesFileTest.class.getResourceAsStream("/conformance/rules.yaml")) {
            assertNotNull(file);
            List<Map<?, ?>> entries = new ArrayList<>();
            for (Object entry :
                    (List<?>) new Load(LoadSettings.builder().build()).loadFromInputStream(file)) {
                entries.add((Map<?, ?>) entry);
            }
            rules = entries;
        }
        List<Path> found = new ArrayList<>();
        try (Stream<Path> modules = Files.list(REPOSITORY)) {
            for (Path module : modules.filter(Files::isDirectory).toList()) {
                Path tests = module.resolve("src/test/java");
                if (Files.isDirectory(tests)) {
                    try (Stream<Path> files = Files.walk(tests)) {
                        files.filter(f -> f.toString().endsWith(".java")).forEach(found::add);
                    }
                }
            }
        }
        sources = found;
    }

    @Test
    void idsNameASectionAndAreUnique() {
        Set<String> seen = new HashSet<>();
        for (Map<?, ?> rule : rules) {
            String id = String.valueOf(rule.get("id"));
            assertTrue(ID.matcher(id).matches(), id);
            assertTrue(seen.add(id), id + " is there twice");
        }
        assertTrue(seen.size() > 200, "only " + seen.size() + " rules");
    }

    @Test
    void everyRuleHasATextAndAListOfTests() {
        for (Map<?, ?> rule : rules) {
            String id = String.valueOf(rule.get("id"));
            assertTrue(KEYS.containsAll(rule.keySet()), id + " has " + rule.keySet());
            assertTrue(rule.get("text") instanceof String text && !text.isBlank(), id);
            assertTrue(rule.get("tests") instanceof List, id);
            assertTrue(
                    !rule.containsKey("missing")
                            || (rule.get("missing") instanceof String why && !why.isBlank()),
                    id);
        }
    }

    @Test
    void everyTestThatIsNamedExists() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Map<?, ?> rule : rules) {
            if (rule.get("tests") instanceof List<?> tests) {
                for (Object test : tests) {
                    if (!exists(String.valueOf(test))) {
                        wrong.add(rule.get("id") + ": " + test);
                    }
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    /** A class may be named by the end of its package too, where two have one name. */
    private static boolean exists(String test) throws IOException {
        var parts = TEST.matcher(test);
        if (!parts.matches()) {
            return false;
        }
        String file = "/" + parts.group(1).replace('.', '/') + ".java";
        Pattern method = Pattern.compile("\\b" + parts.group(2) + "\\(");
        for (Path source : sources) {
            if (source.toString().endsWith(file)
                    && method.matcher(Files.readString(source)).find()) {
                return true;
            }
        }
        return false;
    }
}
