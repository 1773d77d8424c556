package io.ztunnel.sandbox.manifest;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Follows one file of complete objects that another process replaces as a whole. It is looked at
 * ten times a second: replacing by rename gives it a new inode, so that no change is missed.
 */
public final class ObjectsFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ObjectsFile.class);
    private static final long PERIOD_MILLIS = 100;

    private final Path file;
    private final Consumer<ManifestSet> listener;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("objects-file").daemon().factory());

    /** What tells one content from the next. */
    private record Stamp(@Nullable Object inode, FileTime modified, long size) {}

    private @Nullable Stamp seen;

    private ObjectsFile(Path file, Consumer<ManifestSet> listener) {
        this.file = file;
        this.listener = listener;
    }

    /**
     * Calls the listener soon with the file's content, if it is there, and again after each change;
     * on a thread of its own. A content that cannot be read changes nothing.
     */
    public static ObjectsFile follow(Path file, Consumer<ManifestSet> listener) {
        ObjectsFile objects = new ObjectsFile(file, listener);
        objects.thread.scheduleWithFixedDelay(
                objects::look, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        return objects;
    }

    private void look() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            Stamp now =
                    new Stamp(
                            attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
            if (!now.equals(seen)) {
                listener.accept(ManifestLoader.parse(file.toString(), Files.readString(file)));
                seen = now;
            }
        } catch (NoSuchFileException e) {
            // Not written yet.
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("{} cannot be read: {}", file, e.toString());
        } catch (RuntimeException e) {
            LOG.error("a new content of {} could not be used", file, e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
