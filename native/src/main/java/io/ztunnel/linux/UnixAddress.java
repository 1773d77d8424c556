package io.ztunnel.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A sockaddr_un: two bytes of family, then the path with a final NUL, 108 bytes at most. */
final class UnixAddress {
    private static final int PATH_BYTES = 108;

    private UnixAddress() {}

    static MemorySegment of(Path path, Arena arena) throws IOException {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length >= PATH_BYTES) {
            throw new IOException(
                    "the path of a Unix domain socket has 1 to %d bytes, not %d: %s"
                            .formatted(PATH_BYTES - 1, name.length, path));
        }
        MemorySegment address = arena.allocate(Short.BYTES + name.length + 1L, Short.BYTES);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) SocketCalls.AF_UNIX);
        MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES, name.length);
        return address;
    }
}
