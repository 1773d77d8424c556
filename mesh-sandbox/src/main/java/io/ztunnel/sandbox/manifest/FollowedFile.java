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

/**
 * Follows one file that another process replaces as a whole. It is looked at ten times a second:
 * replacing by rename gives it a new inode, so that no change is missed.
 */
public final class FollowedFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FollowedFile.class);
    private static final long PERIOD_MILLIS = 100;

    private final Path file;
    private final Reader reader;
    private final ScheduledExecutorService thread;

    /** What tells one content from the next. */
    private record Stamp(@Nullable Object inode, FileTime modified, long size) {}

    private @Nullable Stamp seen;

    /** Uses a content. */
    public interface Reader {
        /**
         * @throws IOException when the content cannot be read; it is looked at again
         */
        void read(String content) throws IOException;
    }

    private FollowedFile(Path file, Reader reader) {
        this.file = file;
        this.reader = reader;
        this.thread =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("file-" + file.getFileName()).daemon().factory());
    }

    /**
     * Calls the reader soon with the file's content, if it is there, and again after each change;
     * on a thread of its own. A content that cannot be read changes nothing.
     */
    public static FollowedFile follow(Path file, Reader reader) {
        FollowedFile followed = new FollowedFile(file, reader);
        followed.thread.scheduleWithFixedDelay(
                followed::look, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        return followed;
    }

    private void look() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            Stamp now =
                    new Stamp(
                            attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
            if (!now.equals(seen)) {
                reader.read(Files.readString(file));
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
