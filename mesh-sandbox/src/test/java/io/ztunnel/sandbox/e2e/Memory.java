package io.ztunnel.sandbox.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How much the resident memory of programs grows, at its peak: proc_pid_status(5). */
final class Memory {
    private final Map<Place, Long> before = new HashMap<>();

    private Memory() {}

    /** From now on. */
    static Memory of(List<Place> programs) throws IOException {
        Memory memory = new Memory();
        for (Place program : programs) {
            // proc_pid_clear_refs(5): 5 sets VmHWM to what is resident now.
            Files.writeString(file(program, "clear_refs"), "5");
            memory.before.put(program, kibibytes(program, "VmRSS"));
        }
        return memory;
    }

    void assertGrownByLessThan(long mebibytes) throws IOException {
        for (Map.Entry<Place, Long> program : before.entrySet()) {
            long grown = kibibytes(program.getKey(), "VmHWM") - program.getValue();
            assertThat(grown)
                    .as("KiB by which the ztunnel of %s has grown", program.getKey().name())
                    .isLessThan(mebibytes << 10);
        }
    }

    private static long kibibytes(Place program, String field) throws IOException {
        return Files.readAllLines(file(program, "status")).stream()
                .filter(line -> line.startsWith(field + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + field));
    }

    private static Path file(Place program, String name) {
        return Path.of("/proc", Long.toString(program.process()), name);
    }
}
