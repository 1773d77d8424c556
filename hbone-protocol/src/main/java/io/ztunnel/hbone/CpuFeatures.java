package io.ztunnel.hbone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the processor can do, from proc_cpuinfo(5). */
final class CpuFeatures {
    private static final boolean AES = hasAes(Path.of("/proc/cpuinfo"));

    private CpuFeatures() {}

    /** Whether this machine encrypts AES in hardware; true where it cannot be told. */
    static boolean hasAes() {
        return AES;
    }

    static boolean hasAes(Path cpuinfo) {
        try (var lines = Files.lines(cpuinfo)) {
            List<String> flags =
                    lines.filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                            .toList();
            return flags.isEmpty()
                    || flags.stream().anyMatch(line -> List.of(line.split("\\s+")).contains("aes"));
        } catch (IOException e) {
            return true;
        }
    }
}
