package io.ztunnel.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * The memory of sendmsg(2) and recvmsg(2) for one direction of one socket: a msghdr that points to
 * one iovec and to one control buffer. Layouts are those of 64 bit Linux. Not thread-safe.
 */
final class MessageBuffer {
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_TRUNC = 0x20;

    private static final long IOV_LENGTH = 8;
    private static final long MSG_IOV = 16;
    private static final long MSG_IOV_COUNT = 24;
    private static final long MSG_CONTROL = 32;
    private static final long MSG_CONTROL_LENGTH = 40;
    private static final long MSG_FLAGS = 48;
    private static final long MSGHDR_BYTES = 56;

    private static final long CMSG_LEVEL = 8;
    private static final long CMSG_TYPE = 12;
    private static final long CMSG_HEADER = 16;

    private final MemorySegment header;
    private final MemorySegment vector;
    private final MemorySegment data;
    private final MemorySegment control;

    MessageBuffer(int capacity, int maxDescriptors) {
        // Freed only when nothing refers to it any more, so a late call finds memory that is there.
        Arena arena = Arena.ofAuto();
        data = arena.allocate(capacity);
        control = arena.allocate(align(CMSG_HEADER + maxDescriptors * 4L), Long.BYTES);
        vector = arena.allocate(16, Long.BYTES);
        vector.set(ADDRESS, 0, data);
        header = arena.allocate(MSGHDR_BYTES, Long.BYTES);
        header.set(ADDRESS, MSG_IOV, vector);
        header.set(JAVA_LONG, MSG_IOV_COUNT, 1L);
    }

    int capacity() {
        return (int) data.byteSize();
    }

    /** The msghdr to give to the kernel. */
    MemorySegment header() {
        return header;
    }

    void prepareToSend(ByteBuffer bytes, int... descriptors) {
        int length = bytes.remaining();
        MemorySegment.copy(MemorySegment.ofBuffer(bytes), 0, data, 0, length);
        vector.set(JAVA_LONG, IOV_LENGTH, length);
        if (descriptors.length == 0) {
            header.set(ADDRESS, MSG_CONTROL, MemorySegment.NULL);
            header.set(JAVA_LONG, MSG_CONTROL_LENGTH, 0L);
            return;
        }
        long controlLength = CMSG_HEADER + descriptors.length * 4L;
        control.set(JAVA_LONG, 0, controlLength);
        control.set(JAVA_INT, CMSG_LEVEL, SOL_SOCKET);
        control.set(JAVA_INT, CMSG_TYPE, SCM_RIGHTS);
        MemorySegment.copy(descriptors, 0, control, JAVA_INT, CMSG_HEADER, descriptors.length);
        header.set(ADDRESS, MSG_CONTROL, control);
        header.set(JAVA_LONG, MSG_CONTROL_LENGTH, align(controlLength));
    }

    void prepareToReceive() {
        vector.set(JAVA_LONG, IOV_LENGTH, data.byteSize());
        header.set(ADDRESS, MSG_CONTROL, control);
        header.set(JAVA_LONG, MSG_CONTROL_LENGTH, control.byteSize());
        header.set(JAVA_INT, MSG_FLAGS, 0);
    }

    /** What recvmsg has left here. */
    Packet received(int length) {
        // The kernel echoes MSG_CMSG_CLOEXEC here too; only these two bits mean something.
        int flags = header.get(JAVA_INT, MSG_FLAGS);
        return new Packet(
                data.asSlice(0, length).toArray(JAVA_BYTE),
                descriptors(),
                (flags & MSG_TRUNC) != 0,
                (flags & MSG_CTRUNC) != 0);
    }

    private int[] descriptors() {
        long end = header.get(JAVA_LONG, MSG_CONTROL_LENGTH);
        int[] found = new int[0];
        long at = 0;
        while (at + CMSG_HEADER <= end) {
            long length = control.get(JAVA_LONG, at);
            if (length < CMSG_HEADER || at + length > end) {
                break;
            }
            if (control.get(JAVA_INT, at + CMSG_LEVEL) == SOL_SOCKET
                    && control.get(JAVA_INT, at + CMSG_TYPE) == SCM_RIGHTS) {
                // The kernel joins all descriptors of a record in one control message.
                found =
                        control.asSlice(at + CMSG_HEADER, (length - CMSG_HEADER) / 4 * 4)
                                .toArray(JAVA_INT);
            }
            at += align(length);
        }
        return found;
    }

    private static long align(long length) {
        return (length + Long.BYTES - 1) & -Long.BYTES;
    }
}
