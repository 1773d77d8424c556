package io.ztunnel.sandbox.manifest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads every {@code *.yaml}, {@code *.yml} and {@code *.json} below a folder. Whatever is wrong
 * with a document is a {@link Problem} and concerns that document only; nothing here throws over
 * what a file holds.
 */
public final class ManifestLoader {
    private static final int MAX_FILE_BYTES = 4 << 20;
    private static final int MAX_FILES = 2_000;
    private static final int MAX_FOLDER_DEPTH = 16;

    private ManifestLoader() {}

    /**
     * Reads the folder once, without memory of what it held before.
     *
     * @param folder an existing folder; one that cannot be read is a problem of the result
     */
    public static ManifestSet load(Path folder) {
        return new LastGood().load(folder);
    }

    /**
     * Reads the documents of one text.
     *
     * @param name stands for the file in messages
     */
    public static ManifestSet parse(String name, String text) {
        return new LastGood().merge(List.of(read(name, text)));
    }

    /**
     * All files in the order of their paths.
     *
     * @throws IOException when the folder itself cannot be listed
     */
    static List<ManifestFile> files(Path folder) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk =
                Files.walk(folder, MAX_FOLDER_DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            paths =
                    walk.filter(ManifestLoader::isManifestFile)
                            .limit(MAX_FILES + 1L)
                            .sorted(Comparator.comparing(path -> relative(folder, path)))
                            .toList();
        } catch (java.io.UncheckedIOException e) {
            throw e.getCause();
        }
        List<ManifestFile> files = new ArrayList<>();
        for (Path path : paths) {
            String name = relative(folder, path);
            if (files.size() == MAX_FILES) {
                files.add(
                        unreadable(
                                name, "more than " + MAX_FILES + " files; this one is left out"));
                break;
            }
            files.add(file(path, name));
        }
        return files;
    }

    static boolean isManifestFile(Path path) {
        return isManifest(path) && Files.isRegularFile(path);
    }

    private static boolean isManifest(Path path) {
        String name = path.getFileName().toString();
        boolean hidden = name.startsWith("."); // editors keep their swap files like this
        return !hidden
                && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
    }

    private static String relative(Path folder, Path path) {
        return folder.relativize(path).toString();
    }

    private static ManifestFile file(Path path, String name) {
        try {
            byte[] bytes;
            try (var in = Files.newInputStream(path)) {
                bytes = in.readNBytes(MAX_FILE_BYTES + 1);
            }
            if (bytes.length > MAX_FILE_BYTES) {
                return unreadable(name, "larger than " + (MAX_FILE_BYTES >> 20) + " MiB");
            }
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return read(name, text);
        } catch (CharacterCodingException e) {
            return unreadable(name, "not UTF-8");
        } catch (IOException e) {
            return unreadable(name, "cannot be read: " + e);
        }
    }

    private static ManifestFile unreadable(String name, String reason) {
        Problem problem = new Problem(Problem.Severity.ERROR, name, 0, "", reason);
        return new ManifestFile(name, List.of(), List.of(problem), List.of(), true);
    }

    private static ManifestFile read(String name, String text) {
        if (text.startsWith("\ufeff")) {
            text = text.substring(1);
        }
        text = ManifestText.readable(name, text);
        DocumentReader reader = new DocumentReader(name);
        for (YamlReader.Result result : YamlReader.read(text)) {
            switch (result) {
                case YamlReader.Result.Bad bad -> reader.bad(bad);
                case YamlReader.Result.Good good -> reader.document(good);
            }
        }
        return reader.file();
    }
}
