package io.ztunnel.sandbox.envoy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * The files that an Envoy follows. Each is moved into its place whole, which is what Envoy watches
 * for, and only when it differs from the last; nobody but the owner can read them, for one holds
 * the key. Safe for use by any thread.
 */
final class EnvoyFiles {
    static final String LISTENERS = "listeners";
    static final String CLUSTERS = "clusters";
    static final String IDENTITY = "identity";
    static final String ROOTS = "roots";
    static final String BOOTSTRAP = "bootstrap";

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path folder;
    private final Map<String, String> written = new HashMap<>();

    private EnvoyFiles(Path folder) {
        this.folder = folder;
    }

    /**
     * @param folder made unless it is there; of nobody else
     */
    static EnvoyFiles in(Path folder) throws IOException {
        Files.createDirectories(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return new EnvoyFiles(folder);
    }

    Path path(String name) {
        return folder.resolve(name + ".json");
    }

    /** Where Envoy finds it: {@code envoy.config.core.v3.ConfigSource}. */
    Map<String, Object> source(String name) {
        return Proto.of(
                "path_config_source",
                Proto.of("path", path(name).toString()),
                "resource_api_version",
                "V3");
    }

    /**
     * Replaces what is served under a name.
     *
     * @param type of each resource
     * @return whether anything is new
     */
    synchronized boolean serve(String name, String type, List<Map<String, Object>> resources)
            throws IOException {
        List<Map<String, Object>> typed =
                resources.stream().map(resource -> Proto.any(type, resource)).toList();
        CRC32 version = new CRC32();
        version.update(JSON.std.asString(typed).getBytes(UTF_8));
        return write(
                name,
                Proto.of("version_info", Long.toHexString(version.getValue()), "resources", typed));
    }

    synchronized boolean write(String name, Map<String, Object> message) throws IOException {
        String text = JSON.std.asString(message);
        if (Objects.equals(written.get(name), text)) {
            return false;
        }
        Path next = folder.resolve("." + name + ".next");
        Files.deleteIfExists(next);
        Files.createFile(next, OWNER_ONLY);
        Files.writeString(next, text, StandardOpenOption.WRITE);
        Files.move(
                next,
                path(name),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        written.put(name, text);
        return true;
    }
}
