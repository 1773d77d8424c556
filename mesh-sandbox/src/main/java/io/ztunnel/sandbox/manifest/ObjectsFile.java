package io.ztunnel.sandbox.manifest;

import java.nio.file.Path;
import java.util.function.Consumer;

/** The file of complete objects that the supervisor replaces whenever the cluster changes. */
public final class ObjectsFile {
    private ObjectsFile() {}

    /** See {@link FollowedFile#follow}. */
    public static FollowedFile follow(Path file, Consumer<ManifestSet> listener) {
        return FollowedFile.follow(
                file, text -> listener.accept(ManifestLoader.parse(file.toString(), text)));
    }
}
