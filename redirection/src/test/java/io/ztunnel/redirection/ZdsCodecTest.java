package io.ztunnel.redirection;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.api.zds.WorkloadResponse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;

class ZdsCodecTest {
    @Test
    void helloAndAckAreTheBytesOfTheContract() {
        assertThat(ZdsCodec.hello()).isEqualTo(ByteBuffer.wrap(new byte[] {8, 1}));
        assertThat(ZdsCodec.response(new ZdsReply.Ack()))
                .isEqualTo(ByteBuffer.wrap(new byte[] {10, 0}));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "é", "語", "😀", "x語"})
    void aNackOfAnyLengthFitsARecordAndIsCutBetweenCharacters(String unit) throws Exception {
        String error = unit.repeat(3_000);

        ByteBuffer record = ZdsCodec.response(new ZdsReply.Nack(error));

        assertThat(record.remaining()).isBetween(790, ZdsCodec.MAX_RECORD);
        String sent = WorkloadResponse.parseFrom(record).getAck().getError();
        assertThat(error).startsWith(sent);
        assertThat(sent).doesNotContain("\uFFFD");
    }

    @Test
    void aNackIsNeverEmptyBecauseThatWouldBeAnAck() throws Exception {
        ByteBuffer record = ZdsCodec.response(new ZdsReply.Nack(""));

        assertThat(WorkloadResponse.parseFrom(record).getAck().getError()).isNotEmpty();
    }
}
