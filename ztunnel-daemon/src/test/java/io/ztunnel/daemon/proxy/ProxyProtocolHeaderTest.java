package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Bytes by the PROXY protocol's text, version 2, section 2.2. */
class ProxyProtocolHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    private static String header(String source, String destination, @Nullable String identity) {
        ByteBuf header =
                ProxyProtocolHeader.encode(
                        UnpooledByteBufAllocator.DEFAULT,
                        address(source),
                        address(destination),
                        identity);
        try {
            return ByteBufUtil.hexDump(header);
        } finally {
            header.release();
        }
    }

    private static HostPort address(String text) {
        int port = text.lastIndexOf(':');
        String ip = text.substring(0, port).replace("[", "").replace("]", "");
        return new HostPort(IpAddress.parse(ip), Integer.parseInt(text.substring(port + 1)));
    }

    @Test
    void addressesOfOneFamilyAreTold() {
        assertThat(header("10.0.0.1:258", "10.0.0.2:80", null))
                .isEqualTo(SIGNATURE + "2111000c" + "0a000001" + "0a000002" + "0102" + "0050");
        assertThat(header("[fd00::1]:258", "[fd00::2]:80", null))
                .isEqualTo(
                        SIGNATURE
                                + "21210024"
                                + "fd000000000000000000000000000001"
                                + "fd000000000000000000000000000002"
                                + "0102"
                                + "0050");
    }

    @Test
    void addressesOfTwoFamiliesAreNotToldTheIdentityIs() {
        assertThat(header("10.0.0.1:258", "[fd00::2]:80", null)).isEqualTo(SIGNATURE + "21000000");
        assertThat(header("10.0.0.1:258", "[fd00::2]:80", "spiffe://a"))
                .isEqualTo(SIGNATURE + "2100000d" + "d0000a" + "7370696666653a2f2f61");
    }
}
