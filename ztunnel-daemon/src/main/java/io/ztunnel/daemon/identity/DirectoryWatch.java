package io.ztunnel.daemon.identity;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Tells when anything in a directory has changed and come to rest. Kubernetes replaces a mounted
 * file by swapping a symbolic link beside it, which a watch of the file itself would not see.
 */
final class DirectoryWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DirectoryWatch.class);

    /** A directory that never rests is looked at all the same, after so many rests. */
    private static final int PATIENCE = 5;

    private final WatchService watcher;
    private final ScheduledExecutorService scheduler;
    private final Duration rest;
    private final Runnable changed;
    private final Runnable gone;
    private volatile Future<?> pending = CompletableFuture.completedFuture("");

    private DirectoryWatch(
            WatchService watcher,
            ScheduledExecutorService scheduler,
            Duration rest,
            Runnable changed,
            Runnable gone) {
        this.watcher = watcher;
        this.scheduler = scheduler;
        this.rest = rest;
        this.changed = changed;
        this.gone = gone;
    }

    /**
     * @param rest how long nothing must happen before the change counts
     * @param changed runs on the scheduler
     * @param gone runs on the scheduler when the directory was removed: no change of it, or of
     *     another one of its name, is seen any more
     * @throws IOException when the directory cannot be watched
     */
    static DirectoryWatch start(
            Path directory,
            ScheduledExecutorService scheduler,
            Duration rest,
            Runnable changed,
            Runnable gone)
            throws IOException {
        WatchService watcher = directory.getFileSystem().newWatchService();
        try {
            directory.register(
                    watcher,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
        } catch (IOException e) {
            watcher.close();
            throw e;
        }
        DirectoryWatch watch = new DirectoryWatch(watcher, scheduler, rest, changed, gone);
        Thread.ofPlatform()
                .name("ztunnel-watch-" + directory.getFileName())
                .daemon()
                .start(watch::run);
        return watch;
    }

    private void run() {
        long first = 0;
        try {
            while (true) {
                WatchKey key = watcher.take();
                key.pollEvents();
                long now = System.nanoTime();
                if (!pending.cancel(false)) {
                    first = now;
                }
                long latest = first + PATIENCE * rest.toNanos();
                long delay = Math.clamp(latest - now, 0, rest.toNanos());
                pending = scheduler.schedule(changed, delay, TimeUnit.NANOSECONDS);
                if (!key.reset()) {
                    log.warn("a watched directory is gone");
                    scheduler.execute(gone);
                    return;
                }
            }
        } catch (ClosedWatchServiceException | RejectedExecutionException e) {
            log.trace("watch ended", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        pending.cancel(false);
        try {
            watcher.close();
        } catch (IOException e) {
            log.debug("a directory watch could not be closed", e);
        }
    }
}
