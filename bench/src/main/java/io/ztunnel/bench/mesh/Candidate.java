package io.ztunnel.bench.mesh;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A ztunnel to be measured.
 *
 * @param name how tables call it
 * @param executable the program, started without a shell
 */
public record Candidate(String name, Path executable) {
    /**
     * @param text {@code NAME=PATH}
     * @throws IllegalArgumentException with one line on what is wrong
     */
    public static Candidate parse(String text) {
        int equals = text.indexOf('=');
        if (equals <= 0 || equals == text.length() - 1) {
            throw new IllegalArgumentException("'" + text + "' is not NAME=PATH");
        }
        Path path = Path.of(text.substring(equals + 1)).toAbsolutePath().normalize();
        if (!Files.isExecutable(path)) {
            throw new IllegalArgumentException(path + " cannot be executed");
        }
        return new Candidate(text.substring(0, equals), path);
    }
}
