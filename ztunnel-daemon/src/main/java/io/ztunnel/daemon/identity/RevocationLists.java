package io.ztunnel.daemon.identity;

import io.ztunnel.hbone.Revocations;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.CRLException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The file of revocation lists, read at the start and whenever something in its directory has
 * changed. A file that is not there yet revokes nothing; one that is gone or cannot be read leaves
 * in force what was read before.
 */
public final class RevocationLists implements Revocations, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RevocationLists.class);
    private static final long MAX_BYTES = 32L << 20;

    /** How long the directory must be at rest: a list may be written in several pieces. */
    private static final Duration REST = Duration.ofSeconds(2);

    private static final Duration RETRY = Duration.ofSeconds(10);

    private final Path file;
    private final ScheduledExecutorService scheduler;
    private final Duration rest;
    private final Consumer<Boolean> refused;
    private volatile CrlSet lists = CrlSet.EMPTY;
    private volatile Runnable changed = () -> {};
    private volatile boolean closed;

    /** Confined to the scheduler, but for the start. */
    private @Nullable DirectoryWatch watch;

    private RevocationLists(
            Path file,
            ScheduledExecutorService scheduler,
            Duration rest,
            Consumer<Boolean> refused) {
        this.file = file.toAbsolutePath();
        this.scheduler = scheduler;
        this.rest = rest;
        this.refused = refused;
    }

    /**
     * Reads the file at once, on the calling thread.
     *
     * @param scheduler reads it later
     * @param refused told of each refused handshake, whether it is ours as a server
     */
    public static RevocationLists start(
            Path file, ScheduledExecutorService scheduler, Consumer<Boolean> refused) {
        return start(file, scheduler, REST, refused);
    }

    static RevocationLists start(
            Path file,
            ScheduledExecutorService scheduler,
            Duration rest,
            Consumer<Boolean> refused) {
        RevocationLists lists = new RevocationLists(file, scheduler, rest, refused);
        lists.read();
        lists.watch();
        return lists;
    }

    /** Runs on the scheduler after each reading that succeeded. To be set once. */
    public void onChange(Runnable listener) {
        changed = listener;
    }

    @Override
    public @Nullable String revoked(List<X509Certificate> path) {
        return lists.revoked(path);
    }

    @Override
    public void onRefused(boolean byServer) {
        refused.accept(byServer);
    }

    private void watch() {
        if (closed) {
            return;
        }
        try {
            watch =
                    DirectoryWatch.start(
                            Objects.requireNonNull(file.getParent()),
                            scheduler,
                            rest,
                            this::reload,
                            this::watchAgain);
        } catch (IOException e) {
            log.warn("the directory of {} cannot be watched yet: {}", file, e.toString());
            watchLater();
        }
    }

    private void watchAgain() {
        DirectoryWatch ended = watch;
        if (ended != null) {
            ended.close();
        }
        watchLater();
    }

    private void watchLater() {
        var _ =
                scheduler.schedule(
                        () -> {
                            reload();
                            watch();
                        },
                        RETRY.toSeconds(),
                        TimeUnit.SECONDS);
    }

    private void reload() {
        if (!closed && read()) {
            changed.run();
        }
    }

    private boolean read() {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new CRLException("it has more than " + MAX_BYTES + " bytes");
            }
            CrlSet fresh = CrlSet.parse(Files.readAllBytes(file));
            lists = fresh;
            log.info("{} revocation lists are read from {}", fresh.size(), file);
            return true;
        } catch (NoSuchFileException e) {
            log.warn("{} does not exist, {}", file, whatCounts());
        } catch (IOException | CRLException e) {
            log.warn("{} cannot be used, {}: {}", file, whatCounts(), e.toString());
        }
        return false;
    }

    private String whatCounts() {
        return lists.size() == 0
                ? "no certificate counts as revoked"
                : "the " + lists.size() + " lists read before count";
    }

    @Override
    public void close() {
        closed = true;
        DirectoryWatch running = watch;
        if (running != null) {
            running.close();
        }
    }
}
