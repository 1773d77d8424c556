package io.ztunnel.bench.mesh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the kernel says of a process; see proc(5). */
public final class ProcessStat {
    /** USER_HZ, which is 100 on every Linux that this runs on. */
    private static final double TICKS_PER_SECOND = 100;

    private ProcessStat() {}

    /** User and system time of all its threads so far, in seconds. */
    public static double cpuSeconds(long pid) throws IOException {
        String[] fields = statFields(pid);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    /** When it was started, in seconds since the machine was. */
    public static double startedAt(long pid) throws IOException {
        return Long.parseLong(statFields(pid)[19]) / TICKS_PER_SECOND;
    }

    /** Seconds since the machine was started, by the same clock. */
    public static double uptime() throws IOException {
        String text = Files.readString(Path.of("/proc/uptime"));
        return Double.parseDouble(text.substring(0, text.indexOf(' ')));
    }

    /** Resident memory in KiB. */
    public static long rssKib(long pid) throws IOException {
        return kib(Files.readAllLines(proc(pid, "status")), "VmRSS:");
    }

    /** Resident memory in KiB, pages that others map too counted by their share. */
    public static long pssKib(long pid) throws IOException {
        return kib(Files.readAllLines(proc(pid, "smaps_rollup")), "Pss:");
    }

    private static long kib(List<String> lines, String key) throws IOException {
        for (String line : lines) {
            if (line.startsWith(key)) {
                return Long.parseLong(line.substring(key.length()).replace("kB", "").strip());
            }
        }
        throw new IOException("the kernel does not tell " + key);
    }

    /** Those after the command's name, which may hold blanks; the first is the state. */
    private static String[] statFields(long pid) throws IOException {
        String stat = Files.readString(proc(pid, "stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    }

    private static Path proc(long pid, String file) {
        return Path.of("/proc", Long.toString(pid), file);
    }
}
