package io.ztunnel.daemon.cli;

import picocli.CommandLine;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.stream.Stream;

/** One {@code ztunnel config ...} in this process. */
record ConfigRun(int status, String output, String error) {
    static final InstantSource NOON = InstantSource.fixed(Instant.parse("2030-01-01T12:00:00Z"));

    static ConfigRun of(String... arguments) {
        StringWriter output = new StringWriter();
        StringWriter error = new StringWriter();
        CommandLine line = Commands.line(new PrintWriter(output));
        line.setErr(new PrintWriter(error));
        int status =
                line.execute(
                        Stream.concat(Stream.of("config"), Stream.of(arguments))
                                .toArray(String[]::new));
        return new ConfigRun(status, output.toString(), error.toString());
    }

    /** With that on standard input. */
    static ConfigRun reading(String input, String... arguments) {
        InputStream before = System.in;
        System.setIn(stream(input));
        try {
            return of(arguments);
        } finally {
            System.setIn(before);
        }
    }

    static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    static Path resource(String name) {
        URL url = ConfigRun.class.getResource("/dump/" + name);
        try {
            return Path.of(Objects.requireNonNull(url, name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static String text(String name) throws IOException {
        return Files.readString(resource(name));
    }
}
