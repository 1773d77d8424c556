package io.ztunnel.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * What a thread keeps between native calls, so that a call allocates nothing: where errno is
 * captured, a few bytes for in-out parameters, and whether the thread is away from home.
 */
final class CallState {
    private static final StructLayout LAYOUT = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET = LAYOUT.byteOffset(PathElement.groupElement("errno"));
    private static final long SCRATCH_BYTES = 16;

    private static final ThreadLocal<CallState> OF_THREAD = ThreadLocal.withInitial(CallState::new);

    /** The first argument of every handle made by {@link Libc#handle}. */
    final MemorySegment captured;

    /** In-out parameters of one call; nothing survives the next call. */
    final MemorySegment scratch;

    /** True while the thread is in another network namespace than the process. */
    boolean away;

    private CallState() {
        // Freed when the thread and this object are gone.
        Arena arena = Arena.ofAuto();
        captured = arena.allocate(LAYOUT);
        scratch = arena.allocate(SCRATCH_BYTES, Long.BYTES);
    }

    static CallState get() {
        return OF_THREAD.get();
    }

    /** The kernel's convention: the result, or minus errno. */
    int result(int result) {
        return result >= 0 ? result : -captured.get(ValueLayout.JAVA_INT, ERRNO_OFFSET);
    }
}
