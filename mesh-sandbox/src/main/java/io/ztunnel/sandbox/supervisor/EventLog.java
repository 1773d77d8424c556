package io.ztunnel.sandbox.supervisor;

import java.io.PrintStream;
import java.time.Clock;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * What the supervisor has done, one line an event: printed, and the latest kept for those who ask.
 * Thread-safe.
 */
public final class EventLog {
    private static final int KEPT = 1_000;
    private static final int MAX_LINE = 2_000;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

    /** A line and its number, counted from 1. */
    public record Event(long number, String line) {}

    private final PrintStream out;
    private final Clock clock;
    private final Deque<Event> latest = new ArrayDeque<>();
    private long count;

    public EventLog(PrintStream out, Clock clock) {
        this.out = out;
        this.clock = clock;
    }

    /** Line breaks become spaces, so that outside text cannot forge a second line. */
    public synchronized void add(String line) {
        String flat = line.replaceAll("[\\r\\n\\t]+", " ").strip();
        String capped = flat.length() > MAX_LINE ? flat.substring(0, MAX_LINE) + "…" : flat;
        latest.addLast(new Event(++count, capped));
        if (latest.size() > KEPT) {
            latest.removeFirst();
        }
        out.println(TIME.format(LocalTime.now(clock)) + " " + capped);
        notifyAll();
    }

    /**
     * What came after the given number, waiting for the first if there is none.
     *
     * @param millis how long to wait at most
     * @return empty when nothing came in time
     */
    synchronized List<Event> after(long number, long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        long left = millis;
        while (count <= number && left > 0) {
            wait(left);
            left = (deadline - System.nanoTime()) / 1_000_000;
        }
        List<Event> events = new ArrayList<>();
        for (Event event : latest) {
            if (event.number() > number) {
                events.add(event);
            }
        }
        return events;
    }
}
