package io.ztunnel.daemon.config;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A file system of a few texts. */
final class FakeFiles implements FileProbe {
    private final Map<String, String> texts = new HashMap<>();
    private final Set<String> unreadable = new HashSet<>();

    FakeFiles with(String path, String text) {
        texts.put(path, text);
        return this;
    }

    FakeFiles unreadable(String path) {
        unreadable.add(path);
        return with(path, "");
    }

    @Override
    public boolean exists(String path) {
        return texts.containsKey(path);
    }

    @Override
    public @Nullable String read(String path) throws IOException {
        if (unreadable.contains(path)) {
            throw new IOException("permission denied");
        }
        return texts.get(path);
    }
}
