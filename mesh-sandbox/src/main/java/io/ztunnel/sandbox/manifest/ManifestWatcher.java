package io.ztunnel.sandbox.manifest;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Tells a listener what a folder of manifests says, at once and after every change. Edits that come
 * within {@link #DEBOUNCE} of each other are one change; a rescan now and then finds what the
 * kernel did not report. The listener runs on the watcher's own thread, is never called twice at
 * once, and not at all when nothing changed; what it throws is logged.
 */
public final class ManifestWatcher implements AutoCloseable {
    /**
     * Quiet time after the last event before the folder is read: editors write in several steps.
     */
    public static final Duration DEBOUNCE = Duration.ofMillis(100);

    /** Default time between rescans. */
    public static final Duration RESCAN = Duration.ofSeconds(5);

    /** A file that is written without pause is read this late at the latest. */
    private static final Duration MAX_DELAY = Duration.ofSeconds(1);

    private static final int MAX_FOLDERS = 1_000;
    private static final Logger LOG = LoggerFactory.getLogger(ManifestWatcher.class);

    private final Path folder;
    private final long rescanNanos;
    private final Consumer<ManifestSet> listener;
    private final LastGood lastGood = new LastGood();
    private final WatchService service;
    private final Map<Path, WatchKey> watched = new HashMap<>();
    private final Thread thread;
    private volatile boolean closed;
    private @Nullable ManifestSet told;

    private ManifestWatcher(Path folder, Duration rescan, Consumer<ManifestSet> listener)
            throws IOException {
        this.folder = folder;
        this.rescanNanos = rescan.toNanos();
        this.listener = listener;
        this.service = folder.getFileSystem().newWatchService();
        this.thread = new Thread(this::run, "manifest-watcher");
        thread.setDaemon(true);
    }

    /**
     * Starts watching; the first call of the listener follows soon.
     *
     * @throws IOException when the system has no inotify instance left
     */
    public static ManifestWatcher start(Path folder, Consumer<ManifestSet> listener)
            throws IOException {
        return start(folder, RESCAN, listener);
    }

    static ManifestWatcher start(Path folder, Duration rescan, Consumer<ManifestSet> listener)
            throws IOException {
        ManifestWatcher watcher = new ManifestWatcher(folder, rescan, listener);
        watcher.thread.start();
        return watcher;
    }

    /**
     * Returns when the thread has ended, or after 5 s; no call of the listener starts after this.
     */
    @Override
    public void close() {
        closed = true;
        try {
            service.close();
            if (Thread.currentThread() != thread) {
                thread.join(Duration.ofSeconds(5));
            }
        } catch (IOException e) {
            LOG.warn("closing the watch on {} failed: {}", folder, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!closed) {
                watchFolders();
                read();
                awaitChange();
            }
        } catch (ClosedWatchServiceException e) {
            // close() was called
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        ManifestSet now = lastGood.load(folder);
        if (closed || now.equals(told)) {
            return;
        }
        told = now;
        try {
            listener.accept(now);
        } catch (RuntimeException e) {
            LOG.error("acting on the manifests in {} failed", folder, e);
        }
    }

    private void awaitChange() throws InterruptedException {
        @Nullable WatchKey key = service.poll(rescanNanos, TimeUnit.NANOSECONDS);
        long deadline = System.nanoTime() + MAX_DELAY.toNanos();
        while (key != null) {
            key.pollEvents();
            key.reset();
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return;
            }
            key = service.poll(Math.min(left, DEBOUNCE.toNanos()), TimeUnit.NANOSECONDS);
        }
    }

    /** Registers folders that are new; those that are gone have cancelled their key themselves. */
    private void watchFolders() {
        watched.values().removeIf(key -> !key.isValid());
        try (Stream<Path> walk = Files.walk(folder)) {
            List<Path> folders = walk.filter(Files::isDirectory).limit(MAX_FOLDERS).toList();
            for (Path path : folders) {
                if (!watched.containsKey(path)) {
                    watched.put(
                            path, path.register(service, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE));
                }
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            LOG.debug("watching {} failed, the rescan has to do: {}", folder, e.toString());
        }
    }
}
