// Command viewers watches many LiveKit rooms without decoding anything.
//
//	viewers -url ws://host:port < rooms.json
//
// The first line of standard input is a JSON object: room name to access token. Once all rooms are
// joined it prints {"ready": n}; then each second a line
//
//	{"rooms": {"name": {"video_packets": …, "video_bytes": …, "pictures": …, "audio_packets": …, "audio_bytes": …}}}
//
// with what arrived in that second, bytes with their RTP headers; a picture counts with the marker
// on its last packet. It leaves when standard input ends. It never asks for a key frame: the SFU
// does that for a new subscriber, and without a decoder nothing can get lost that would be worth
// another.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	protologger "github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
)

const (
	maxPacket = 2048 // bytes: more than the MTU of any network that is measured on
	marker    = 0x80 // in the second byte of an RTP header
)

type flow struct{ packets, bytes atomic.Uint64 }

type audience struct {
	room         *lksdk.Room
	video, audio flow
	pictures     atomic.Uint64
}

// counts are those of one second.
type counts struct {
	VideoPackets uint64 `json:"video_packets"`
	VideoBytes   uint64 `json:"video_bytes"`
	Pictures     uint64 `json:"pictures"`
	AudioPackets uint64 `json:"audio_packets"`
	AudioBytes   uint64 `json:"audio_bytes"`
}

func main() {
	url := flag.String("url", "", "of the LiveKit server, ws:// or wss://")
	flag.Parse()
	if err := run(*url, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "viewers:", err)
		os.Exit(1)
	}
}

func run(url string, in io.Reader, out io.Writer) error {
	lksdk.SetLogger(protologger.LogRLogger(logr.Discard()))
	input := bufio.NewReader(in)
	line, err := input.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("reading the rooms: %w", err)
	}
	var tokens map[string]string
	if err := json.Unmarshal(line, &tokens); err != nil {
		return fmt.Errorf("reading the rooms: %w", err)
	}
	rooms, err := joinAll(url, tokens)
	defer leaveAll(rooms)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "{\"ready\": %d}\n", len(rooms))
	ended := make(chan struct{})
	go func() {
		io.Copy(io.Discard, input)
		close(ended)
	}()
	return report(rooms, out, ended)
}

func joinAll(url string, tokens map[string]string) (map[string]*audience, error) {
	rooms := make(map[string]*audience, len(tokens))
	for name, token := range tokens {
		one := &audience{}
		callback := lksdk.NewRoomCallback()
		callback.OnTrackSubscribed = one.read
		room, err := lksdk.ConnectToRoomWithToken(url, token, callback)
		if err != nil {
			return rooms, fmt.Errorf("joining %s: %w", name, err)
		}
		one.room = room
		rooms[name] = one
	}
	return rooms, nil
}

func leaveAll(rooms map[string]*audience) {
	var leaving sync.WaitGroup
	for _, one := range rooms {
		leaving.Go(one.room.Disconnect)
	}
	leaving.Wait()
}

// read discards the packets of a track until it ends.
func (a *audience) read(
	track *webrtc.TrackRemote, _ *lksdk.RemoteTrackPublication, _ *lksdk.RemoteParticipant,
) {
	video := track.Kind() == webrtc.RTPCodecTypeVideo
	count := &a.audio
	if video {
		count = &a.video
	}
	go func() {
		packet := make([]byte, maxPacket)
		for {
			size, _, err := track.Read(packet)
			if err != nil {
				return
			}
			count.packets.Add(1)
			count.bytes.Add(uint64(size))
			if video && size > 1 && packet[1]&marker != 0 {
				a.pictures.Add(1)
			}
		}
	}()
}

func report(rooms map[string]*audience, out io.Writer, ended <-chan struct{}) error {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	lines := json.NewEncoder(out)
	for {
		select {
		case <-ended:
			return nil
		case <-second.C:
		}
		found := make(map[string]counts, len(rooms))
		for name, one := range rooms {
			found[name] = counts{
				one.video.packets.Swap(0), one.video.bytes.Swap(0), one.pictures.Swap(0),
				one.audio.packets.Swap(0), one.audio.bytes.Swap(0),
			}
		}
		if err := lines.Encode(map[string]any{"rooms": found}); err != nil {
			return err
		}
	}
}
