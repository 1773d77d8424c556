package io.ztunnel.daemon.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.ztunnel.store.HostPort;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The PROXY protocol header, version 2, that tells an application behind a PROXY tunnel who the client
 * is and whom it meant. Format: haproxy's proxy-protocol.txt.
 */
final class ProxyProtocolHeader {
    private static final byte[] SIGNATURE = {
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
    };
    private static final int VERSION_2_PROXY = 0x21;
    private static final int TCP_OVER_IPV4 = 0x11;
    private static final int TCP_OVER_IPV6 = 0x21;
    private static final int UNSPECIFIED = 0x00;

    /** Istio's type for the peer's SPIFFE URI. */
    private static final int TLV_PEER_IDENTITY = 0xd0;

    private ProxyProtocolHeader() {}

    /**
     * Addresses of different families cannot be expressed; then none are sent.
     *
     * @param identity SPIFFE URI of the peer, null for none
     */
    static ByteBuf encode(
            ByteBufAllocator allocator,
            HostPort source,
            HostPort destination,
            @Nullable String identity) {
        byte[] uri = identity == null ? new byte[0] : identity.getBytes(StandardCharsets.UTF_8);
        boolean sameFamily = source.ip().isV4() == destination.ip().isV4();
        int addressBytes = !sameFamily ? 0 : source.ip().isV4() ? 12 : 36;
        int tlvBytes = identity == null ? 0 : 3 + uri.length;
        ByteBuf header = allocator.buffer(16 + addressBytes + tlvBytes);
        header.writeBytes(SIGNATURE);
        header.writeByte(VERSION_2_PROXY);
        header.writeByte(
                !sameFamily ? UNSPECIFIED : source.ip().isV4() ? TCP_OVER_IPV4 : TCP_OVER_IPV6);
        header.writeShort(addressBytes + tlvBytes);
        if (sameFamily) {
            header.writeBytes(source.ip().toBytes());
            header.writeBytes(destination.ip().toBytes());
            header.writeShort(source.port());
            header.writeShort(destination.port());
        }
        if (identity != null) {
            header.writeByte(TLV_PEER_IDENTITY);
            header.writeShort(uri.length);
            header.writeBytes(uri);
        }
        return header;
    }
}
