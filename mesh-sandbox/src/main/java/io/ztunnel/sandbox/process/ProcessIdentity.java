package io.ztunnel.sandbox.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process told apart from a later one that got the same number.
 *
 * @param startTicks when it started, in clock ticks since boot (proc_pid_stat(5), field 22)
 */
public record ProcessIdentity(long pid, long startTicks) {
    /** The process that runs under that number now. */
    public static Optional<ProcessIdentity> of(long pid) throws IOException {
        String stat;
        try {
            stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException gone) {
            return Optional.empty();
        } catch (IOException gone) {
            // ESRCH: it ended between open and read.
            if (Files.exists(Path.of("/proc/" + pid))) {
                throw gone;
            }
            return Optional.empty();
        }
        // The command name in field 2 may itself hold spaces and parentheses.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        boolean zombie = fields[0].equals("Z") || fields[0].equals("X");
        return zombie
                ? Optional.empty()
                : Optional.of(new ProcessIdentity(pid, Long.parseLong(fields[19])));
    }

    /** Whether exactly this process still runs; one that waits to be reaped does not. */
    public boolean isAlive() throws IOException {
        return of(pid).filter(this::equals).isPresent();
    }

    /** One line for a pid file. */
    public String encode() {
        return pid + " " + startTicks;
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @return empty when the file is absent or holds anything else
     */
    public static Optional<ProcessIdentity> read(Path file) throws IOException {
        String text;
        try {
            text = Files.readString(file).strip();
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
        if (!text.matches("\\d{1,18} \\d{1,18}")) {
            return Optional.empty();
        }
        String[] parts = text.split(" ", -1);
        return Optional.of(new ProcessIdentity(Long.parseLong(parts[0]), Long.parseLong(parts[1])));
    }
}
