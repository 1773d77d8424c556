package io.ztunnel.sandbox.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.waypoint.MeshIdentity;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

class EnvoyFilesTest {
    @TempDir private Path temporary;
    private Path folder;
    private EnvoyFiles files;

    @BeforeEach
    void make() throws IOException {
        folder = temporary.resolve("pods/bookinfo.waypoint");
        files = EnvoyFiles.in(folder);
    }

    private static List<Map<String, Object>> identity(String key) {
        return List.of(Secrets.identity(new MeshIdentity.Pem("chain", key, "roots")));
    }

    @Test
    void nobodyButTheOwnerReadsTheKey() throws Exception {
        files.serve(EnvoyFiles.IDENTITY, Secrets.TYPE, identity("secret key"));

        Path file = files.path(EnvoyFiles.IDENTITY);
        assertThat(file).content().contains("secret key").contains("version_info");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
    }

    @Test
    void aChangeIsAnotherFileOfAnotherVersionAndNothingElseLies() throws Exception {
        files.serve(EnvoyFiles.IDENTITY, Secrets.TYPE, identity("a"));
        Path file = files.path(EnvoyFiles.IDENTITY);
        Object first = Files.getAttribute(file, "unix:ino");
        String text = Files.readString(file);

        assertThat(files.serve(EnvoyFiles.IDENTITY, Secrets.TYPE, identity("a"))).isFalse();
        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(first);

        assertThat(files.serve(EnvoyFiles.IDENTITY, Secrets.TYPE, identity("b"))).isTrue();
        assertThat(Files.getAttribute(file, "unix:ino")).isNotEqualTo(first);
        assertThat(Files.readString(file).substring(0, 30)).isNotEqualTo(text.substring(0, 30));
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }
}
