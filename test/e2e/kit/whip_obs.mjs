// Publishes by WHIP as OBS does, by the same library: node whip_obs.mjs URL KEY VIDEO_PORT AUDIO_PORT
// RTP that comes to the two UDP ports goes out as it is: video of payload type 96 and SSRC 1002,
// audio of 111 and 1001. There are no candidates in the offer, and requests for key frames are not
// heard. SIGTERM ends it with a DELETE.
import dgram from 'node:dgram';
import { createRequire } from 'node:module';

const [url, key, videoPort, audioPort, packages] = process.argv.slice(2);
const datachannel = createRequire(`${packages}/`)('node-datachannel');
datachannel.initLogger('Warning', (level, message) => console.log(level, message));

const pc = new datachannel.PeerConnection('obs', {
  iceServers: [],
  disableAutoNegotiation: true,
  forceMediaTransport: true,
});
const audio = new datachannel.Audio('0', 'SendOnly');
audio.addOpusCodec(111);
audio.addSSRC(1001, 'obs', 'obs', 'obs-audio');
const video = new datachannel.Video('1', 'SendOnly');
video.addH264Codec(96);
video.addSSRC(1002, 'obs', 'obs', 'obs-video');
const tracks = [pc.addTrack(video), pc.addTrack(audio)];
pc.onStateChange((state) => console.log('state', state));

const offer = await new Promise((resolve) => {
  pc.onLocalDescription((sdp) => resolve(sdp));
  pc.setLocalDescription('offer');
});
const headers = {
  Authorization: `Bearer ${key}`,
  'User-Agent': 'Mozilla/5.0 (OBS-Studio/32.2.2; Linux x86_64; en-US)',
};
const answer = await fetch(url, {
  method: 'POST',
  headers: { ...headers, 'Content-Type': 'application/sdp' },
  body: offer.replaceAll(/^a=(candidate|end-of-candidates).*\r\n/gm, ''),
});
const body = await answer.text();
console.log(answer.status, body);
if (answer.status !== 201) process.exit(1);
pc.setRemoteDescription(body, 'answer');

for (const [index, port] of [videoPort, audioPort].entries()) {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (packet) => {
    if (tracks[index].isOpen()) tracks[index].sendMessageBinary(packet);
  });
  socket.bind(Number(port), '127.0.0.1');
}
process.on('SIGTERM', async () => {
  const session = new URL(answer.headers.get('location'), url);
  const deleted = await fetch(session, { method: 'DELETE', headers });
  console.log('DELETE', deleted.status);
  process.exit(deleted.status === 200 ? 0 : 1);
});
