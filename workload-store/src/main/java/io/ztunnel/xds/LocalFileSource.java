package io.ztunnel.xds;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A mesh written down in YAML: from a file, or given as text. Read once at the start, and again for
 * each dump that shows it; never watched.
 */
public final class LocalFileSource {
    /** Enough for 100,000 workloads; the text is held in memory while it is read. */
    private static final int MAX_BYTES = 64 << 20;

    private final @Nullable Path path;
    private final String text;

    private LocalFileSource(@Nullable Path path, String text) {
        this.path = path;
        this.text = text;
    }

    public static LocalFileSource file(Path path) {
        return new LocalFileSource(path, "");
    }

    public static LocalFileSource inline(String yaml) {
        return new LocalFileSource(null, yaml);
    }

    /**
     * @throws LocalConfigException when it cannot be read or any part of it is wrong; the message
     *     says where
     */
    public LocalMesh read() throws LocalConfigException {
        YamlNode root = YamlNode.parse(toString(), content(), MAX_BYTES);
        return root == null ? LocalMesh.EMPTY : new LocalMeshReader().read(root);
    }

    private String content() throws LocalConfigException {
        if (path == null) {
            return text;
        }
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new LocalConfigException(path + " exceeds " + MAX_BYTES + " bytes");
            }
            return Files.readString(path, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new LocalConfigException(path + " cannot be read: " + e, e);
        }
    }

    /** Where the mesh comes from, not what it is. */
    @Override
    public String toString() {
        return path == null ? "LOCAL_XDS" : path.toString();
    }
}
